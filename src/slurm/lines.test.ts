import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeTempDir } from '../util/temp-dir'
import { allLines, linesFrom, parsedLine } from './line-reader'
import { createLineWriter } from './line-writer'

let temp: ReturnType<typeof makeTempDir>
let file: string
beforeEach(() => {
  temp = makeTempDir()
  file = join(temp.path, 'lines.ndjson')
})
afterEach(() => temp.remove())

describe('lines between two machines', () => {
  it('arrive in the order in which they were written, and reading goes on behind the last one', async () => {
    const writer = createLineWriter(file, (error) => {
      throw error
    })
    for (let n = 0; n < 100; n++) writer.write({ n, word: 'ü' })
    await writer.flush()
    const first = await linesFrom(file, 0)
    expect(first.map(({ text }) => (parsedLine(text) as { n: number }).n)).toEqual(Array.from({ length: 100 }, (_, n) => n))
    const end = first.at(-1)?.end ?? 0
    expect(end).toBe(readFileSync(file).length)
    expect(await linesFrom(file, end)).toEqual([])
    writer.write('more')
    await writer.flush()
    expect((await linesFrom(file, end)).map(({ text }) => text)).toEqual(['"more"'])
  })

  it('are not read before they are whole', async () => {
    writeFileSync(file, '1\n{"torn":')
    expect((await linesFrom(file, 0)).map(({ text }) => text)).toEqual(['1'])
    appendFileSync(file, '2}\n3\n')
    expect((await linesFrom(file, 2)).map(({ text }) => parsedLine(text))).toEqual([{ torn: 2 }, 3])
  })

  it('may be longer than what is read at once', async () => {
    const long = 'x'.repeat(3_000_000)
    writeFileSync(file, `"${long}"\n"short"\n`)
    expect((await allLines(file)).map((text) => (parsedLine(text) as string).length)).toEqual([3_000_000, 5])
  })

  it('that a dead process did not finish are no JSON, and a file that is not there has none', async () => {
    expect(parsedLine('{"kind":"ev')).toBeUndefined()
    expect(await linesFrom(join(temp.path, 'none'), 0)).toEqual([])
  })

  it('are kept while they can not be written, and end a torn one first', async () => {
    const folder = join(temp.path, 'away')
    const problems: unknown[] = []
    let arrived: () => void = () => undefined
    const problem = new Promise<void>((resolve) => (arrived = resolve))
    const writer = createLineWriter(join(folder, 'f'), (error) => {
      problems.push(error)
      arrived()
    })
    writer.write(1)
    await problem
    mkdirSync(folder)
    writeFileSync(join(folder, 'f'), '{"to')
    await writer.flush()
    expect(problems.length).toBeGreaterThan(0)
    expect(readFileSync(join(folder, 'f'), 'utf8')).toBe('{"to\n1\n')
  })
})
