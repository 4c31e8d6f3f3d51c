/** Finaliser of MurmurHash3 on 32-bit words. */
function mix(value: number): number {
  let h = value >>> 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** Reproducible uniform values in [0, 1): the k-th of tensor `id`, by which recorded networks are filled. */
function uniform(seed: number, id: number, k: number): number {
  return mix((mix((seed + Math.imul(id, 0x9e3779b1)) >>> 0) + k) >>> 0) / 2 ** 32
}

export type FormulaKind = 'weight' | 'gamma' | 'beta' | 'bias' | 'mean' | 'var' | 'input'

/** A tensor of the recorded networks, row-major in its PyTorch shape. `convGain` scales 4-d weights. */
export function formulaTensor(seed: number, id: number, shape: readonly number[], kind: FormulaKind, convGain: number): Float32Array {
  const size = shape.reduce((product, length) => product * length, 1)
  const fanIn = shape.slice(1).reduce((product, length) => product * length, 1)
  const spread = Math.sqrt((shape.length === 4 ? convGain : 3) / fanIn)
  const value: Record<FormulaKind, (u: number) => number> = {
    weight: (u) => (2 * u - 1) * spread,
    gamma: (u) => 0.5 + u,
    var: (u) => 0.5 + u,
    beta: (u) => (2 * u - 1) * 0.1,
    bias: (u) => (2 * u - 1) * 0.1,
    mean: (u) => (2 * u - 1) * 0.1,
    input: (u) => (2 * u - 1) * 2,
  }
  return Float32Array.from({ length: size }, (_, k) => value[kind](uniform(seed, id, k)))
}
