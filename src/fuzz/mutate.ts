import { randomStream, streamFor } from '../util/random'

/** What changes inputs at random; the same parts give the same changes. */
export interface Mutator {
  /** One of the corpus, changed in one to eight ways. */
  next(index: number): Buffer
}

const EDGES = [0, 1, 2, 7, 8, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff]
const WORDS = [
  '-1',
  '1e999',
  'null',
  '{}',
  '[]',
  '""',
  '9007199254740993',
  '-0',
  '"\\u0000"',
  '[[[[[[[[',
  '{"a":{"a":{"a":',
  '__proto__',
  '../',
  '\0',
]

/** Random values one after another. */
interface Dice {
  /** At least 0 and below 1. */
  uniform(): number
  /** A whole number of at least 0 and below `limit`. */
  below(limit: number): number
}

function diceFor(seed: number, stream: number): Dice {
  const values = randomStream(seed, stream)
  let drawn = 0
  return { uniform: () => values.uniform(drawn++), below: (limit) => values.below(drawn++, limit) }
}

const below = (random: Dice, limit: number): number => random.below(limit)
const pick = <T>(random: Dice, from: readonly T[], otherwise: T): T => from[below(random, from.length)] ?? otherwise

type Change = (bytes: Buffer, random: Dice, other: Buffer) => Buffer

const place = (bytes: Buffer, random: Dice): number => below(random, Math.max(1, bytes.length))

function writeEdge(bytes: Buffer, random: Dice): Buffer {
  const at = place(bytes, random)
  const width = pick(random, [1, 2, 4, 8], 1)
  if (at + width > bytes.length) return bytes
  const value = BigInt(pick(random, EDGES, 0))
  const little = random.uniform() < 0.5
  for (let index = 0; index < width; index++) bytes[at + (little ? index : width - 1 - index)] = Number((value >> BigInt(8 * index)) & 0xffn)
  return bytes
}

const range = (bytes: Buffer, random: Dice): [number, number] => {
  const start = place(bytes, random)
  return [start, start + below(random, Math.max(1, Math.min(bytes.length - start, random.uniform() < 0.8 ? 16 : bytes.length)))]
}

const CHANGES: readonly Change[] = [
  (bytes, random) => {
    const at = place(bytes, random)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << below(random, 8))
    return bytes
  },
  (bytes, random) => {
    bytes[place(bytes, random)] = below(random, 256)
    return bytes
  },
  writeEdge,
  writeEdge,
  (bytes, random) => bytes.subarray(0, place(bytes, random)),
  (bytes, random) => {
    const [start, end] = range(bytes, random)
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)])
  },
  (bytes, random) => {
    const [start, end] = range(bytes, random)
    return Buffer.concat([bytes.subarray(0, end), bytes.subarray(start, end), bytes.subarray(end)])
  },
  (bytes, random) => {
    const at = place(bytes, random)
    return Buffer.concat([bytes.subarray(0, at), Buffer.from(pick(random, WORDS, ''), 'latin1'), bytes.subarray(at)])
  },
  (bytes, random, other) => {
    const [start, end] = range(other, random)
    const at = place(bytes, random)
    return Buffer.concat([bytes.subarray(0, at), other.subarray(start, end), bytes.subarray(random.uniform() < 0.5 ? at : at + end - start)])
  },
  (bytes, random, other) => Buffer.concat([bytes.subarray(0, place(bytes, random)), other.subarray(place(other, random))]),
  // Digits in text: the limits of numbers are where parsers of text err.
  (bytes, random) => {
    const text = bytes.toString('latin1')
    const numbers = [...text.matchAll(/\d+/g)]
    const found = numbers[below(random, Math.max(1, numbers.length))]
    if (found === undefined) return bytes
    return Buffer.from(
      text.slice(0, found.index) + pick(random, [...EDGES.map(String), ...WORDS], '0') + text.slice(found.index + found[0].length),
      'latin1',
    )
  },
]

/** `repair` makes an input pass checksums again, so that what lies behind them is reached; it is applied to every second one. */
export function createMutator(name: string, seed: number, corpus: readonly Buffer[], repair: ((input: Buffer) => Buffer) | undefined): Mutator {
  return {
    next(index) {
      const random = diceFor(seed, streamFor(name, index))
      const other = pick(random, corpus, Buffer.alloc(0))
      let bytes: Buffer = Buffer.from(pick(random, corpus, Buffer.alloc(0)))
      for (let changes = 1 + Math.floor(8 * random.uniform() ** 3); changes > 0; changes--)
        bytes = pick(random, CHANGES, CHANGES[0] ?? ((same: Buffer) => same))(bytes, random, other)
      return repair === undefined || random.uniform() < 0.5 ? bytes : repair(bytes)
    },
  }
}
