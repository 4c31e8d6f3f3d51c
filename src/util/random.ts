/** Adds `b` to `a` modulo 2^32 and keeps the result in the signed representation that bit operators use. */
const add = (a: number, b: number): number => (a + b) | 0
const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits))

const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const
const PARITY = 0x1bd11bda

/**
 * Threefry-2x32 with 20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011):
 * a keyed bijection of a counter, so that any draw can be made without making those before it.
 * `out` receives two words; all arguments are taken modulo 2^32.
 */
export function threefry(key0: number, key1: number, counter0: number, counter1: number, out: Uint32Array): void {
  const keys = [key0 | 0, key1 | 0, (PARITY ^ key0 ^ key1) | 0] as const
  let x0 = add(counter0 | 0, keys[0])
  let x1 = add(counter1 | 0, keys[1])
  for (let group = 0; group < 5; group++) {
    for (const bits of ROTATIONS[(group & 1) as 0 | 1]) {
      x0 = add(x0, x1)
      x1 = rotate(x1, bits) ^ x0
    }
    x0 = add(x0, keys[((group + 1) % 3) as 0 | 1 | 2])
    x1 = add(add(x1, keys[((group + 2) % 3) as 0 | 1 | 2]), group + 1)
  }
  out[0] = x0
  out[1] = x1
}

/** Random values addressed by index: the same (seed, stream, index) always gives the same value. */
export interface RandomStream {
  /** 0 to 2^32 - 1. */
  uint32(index: number): number
  /** At least 0 and below 1, with 53 random bits. */
  uniform(index: number): number
  /** An integer of at least 0 and below `limit`. */
  below(index: number, limit: number): number
  /** Normal with mean 0 and standard deviation 1 (Box-Muller). */
  normal(index: number): number
}

/** `seed` and `stream` are taken modulo 2^32; `index` is a non-negative safe integer. */
export function randomStream(seed: number, stream: number): RandomStream {
  const words = new Uint32Array(2)
  const draw = (index: number): readonly [number, number] => {
    threefry(seed, stream, index % 4_294_967_296, Math.floor(index / 4_294_967_296), words)
    return [words[0] ?? 0, words[1] ?? 0]
  }
  const uniform = (index: number): number => {
    const [high, low] = draw(index)
    return ((high >>> 5) * 67_108_864 + (low >>> 6)) / 9_007_199_254_740_992
  }
  return {
    uint32: (index) => draw(index)[0],
    uniform,
    below: (index, limit) => Math.floor(uniform(index) * limit),
    normal: (index) => {
      const [radius, angle] = draw(index)
      return Math.sqrt(-2 * Math.log((radius + 1) / 4_294_967_296)) * Math.cos((2 * Math.PI * angle) / 4_294_967_296)
    },
  }
}

/** A stream number for a purpose, such as `streamFor('augmentation', epoch)` (FNV-1a over the parts). */
export function streamFor(...parts: readonly (string | number)[]): number {
  let hash = 0x811c9dc5
  for (const character of parts.join('\u0000')) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
  return hash >>> 0
}

/** A permutation of 0 .. count-1 that depends on (seed, stream) only (Fisher-Yates). */
export function permutation(count: number, seed: number, stream: number): Uint32Array {
  const random = randomStream(seed, stream)
  const order = Uint32Array.from({ length: count }, (_, position) => position)
  for (let last = count - 1; last > 0; last--) {
    const other = random.below(last, last + 1)
    const kept = order[last] ?? 0
    order[last] = order[other] ?? 0
    order[other] = kept
  }
  return order
}
