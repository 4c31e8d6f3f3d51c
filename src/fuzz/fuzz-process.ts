import { mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FuzzMessage } from './parser'
import { createMutator } from './mutate'
import { parsers } from './parsers'

/*
 * Forked process that tries one parser with inputs `from` to `to`: a native crash, an endless loop or lack of memory ends it and nobody else.
 * Before each input its number is written to the file `progress`, so that the parent knows which one it was.
 * Arguments: repository, parser, seed, from, to, progress.
 */
const [root = '', name = '', seed = '0', from = '0', to = '0', progress = ''] = process.argv.slice(2)
const SLOW_MS = 2_000
const LARGE_BYTES = 1_500_000_000

const send = (message: FuzzMessage): void => void process.send?.(message)
const describe = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error))

async function run(): Promise<void> {
  const parser = (await parsers(root)).find((one) => one.name === name)
  if (parser === undefined) throw new Error(`There is no parser "${name}".`)
  const scratch = mkdtempSync(join(tmpdir(), 'fracbits-fuzz-'))
  process.on('exit', () => rmSync(scratch, { recursive: true, force: true }))
  const mutator = createMutator(parser.name, Number(seed), parser.corpus, parser.repair)
  const file = openSync(progress, 'w')
  const place = Buffer.alloc(8)
  let typed = 0
  let accepted = 0
  send({ type: 'ready' })
  for (let index = Number(from); index < Number(to); index++) {
    place.writeDoubleLE(index)
    writeSync(file, place, 0, place.length, 0)
    // Negative numbers stand for the corpus as it is.
    const input = index < 0 ? (parser.corpus[-index - 1] ?? Buffer.alloc(0)) : mutator.next(index)
    // Processor time: other programs must not make a parser seem slow.
    const before = process.cpuUsage()
    try {
      await parser.read(input, scratch)
      accepted++
    } catch (error) {
      if (parser.isTyped(error)) typed++
      else send({ type: 'crash', index, error: describe(error) })
    }
    const { user, system } = process.cpuUsage(before)
    const milliseconds = (user + system) / 1000
    if (milliseconds > SLOW_MS) send({ type: 'slow', index, milliseconds })
    const bytes = process.memoryUsage.rss()
    if (bytes > LARGE_BYTES) send({ type: 'large', index, bytes })
  }
  send({ type: 'done', typed, accepted })
}

run().then(
  () => process.disconnect(),
  (error: unknown) => {
    process.stderr.write(describe(error))
    process.exit(1)
  },
)
