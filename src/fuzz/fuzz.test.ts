import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeTempDir } from '../util/temp-dir'
import { buildFuzzProcess } from './build-fuzz-process'
import { parsers } from './parsers'
import { fuzz, type FuzzResult, fuzzTable } from './run-fuzz'

const root = join(import.meta.dirname, '../..')
/** `npm run fuzz` asks for 100,000, and for another seed each time. */
const INPUTS = Number(process.env.FRACBITS_FUZZ_INPUTS ?? 5_000)
const SEED = Number(process.env.FRACBITS_FUZZ_SEED ?? 1)

const all = await parsers(root)
const scratch = makeTempDir()
const results: FuzzResult[] = []
let entry: string

beforeAll(async () => {
  entry = await buildFuzzProcess(root)
})
afterAll(() => {
  rmSync(entry, { force: true })
  scratch.remove()
})

describe(`${INPUTS} changed inputs (seed ${SEED})`, () => {
  it.each(all.map(({ name, corpus }) => [name, corpus.length] as const))(
    'of %s end in success or in a typed error, in time and memory',
    async (parser, corpus) => {
      const result = await fuzz({ root, entry, parser, seed: SEED, inputs: INPUTS, corpus, scratch: scratch.path })
      results.push(result)
      // After each, so that a night that ends early leaves what it found.
      if (process.env.FRACBITS_FUZZ_TABLE !== undefined) writeFileSync(process.env.FRACBITS_FUZZ_TABLE, fuzzTable(results))
      expect(result.findings).toEqual([])
      expect(result.accepted + result.refused).toBe(INPUTS + corpus)
    },
    3_600_000,
  )
})
