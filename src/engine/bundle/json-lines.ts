import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { z } from 'zod'
import { refused } from './bundle-archive'
import { MAX_LINE_BYTES } from './bundle-format'

const NEWLINE = 10

function parsed<T>(schema: z.ZodType<T>, text: string, name: string): T {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw refused(`${name} is no JSON (${error instanceof Error ? error.message : String(error)})`)
  }
  const found = schema.safeParse(value)
  if (found.success) return found.data
  const [issue] = found.error.issues
  throw refused(`${name} does not hold what it should (${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''})`)
}

/** A whole JSON file as a schema has it. Rejects with DATA_CORRUPT, which names it as `name`. */
export const readJson = async <T>(file: string, schema: z.ZodType<T>, name: string): Promise<T> => parsed(schema, await readFile(file, 'utf8'), name)

/** Values of a file with one JSON value a line, one after the other. Rejects with DATA_CORRUPT, also where a line is too long to be one of ours. */
export async function* jsonLines<T>(file: string, schema: z.ZodType<T>, name: string): AsyncGenerator<T> {
  let pending: Buffer[] = []
  let length = 0
  const take = (): string => {
    const text = Buffer.concat(pending).toString('utf8')
    pending = []
    length = 0
    return text
  }
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      pending.push(chunk.subarray(start, end))
      start = end + 1
      yield parsed(schema, take(), name)
    }
    pending.push(chunk.subarray(start))
    length += chunk.length - start
    if (length > MAX_LINE_BYTES) throw refused(`${name} has a line of more than ${MAX_LINE_BYTES} bytes`)
  }
  const rest = take()
  if (rest !== '') yield parsed(schema, rest, name)
}
