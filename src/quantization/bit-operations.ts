import { macsOfLayer } from '../models/cost'
import type { NetworkDefinition } from '../models/layers'
import type { QuantizerSpec } from './quantizer-spec'

/** Bits that an input without a quantizer counts as: it is a float32. */
export const FLOAT_BITS = 32

/** One layer's share of the bit operations of an image. */
export interface BitOpsTerm {
  readonly macs: number
  /** Index of the quantizer of its weight. */
  readonly weight: number
  /** Index of the quantizer of what it reads; null where that is not quantized. */
  readonly input: number | null
}

/** The convolutions and linear layers whose weights are quantized, with the quantizer that the values they read went through. */
export function bitOpsTerms(network: NetworkDefinition, specs: readonly QuantizerSpec[]): BitOpsTerm[] {
  const byPoint = new Map(specs.flatMap((spec, index) => spec.points.map((point): [string, number] => [point.id, index])))
  const layers = new Map(network.layers.map((layer) => [layer.id, layer]))
  const quantizerOf = (reader: string, port: number, id: string): number | null => {
    const found = byPoint.get(`${reader}|INPUT${String(port)}`) ?? byPoint.get(`${id}|OUTPUT`)
    if (found !== undefined) return found
    // Without one of its own, a value still lies on the grid of what it was taken from (max-pool, reshape, concatenation).
    const source = layers.get(id)
    const [next] = source?.inputs ?? []
    const keepsGrid = source !== undefined && ['max-pool', 'dropout', 'concat'].includes(source.kind)
    return keepsGrid && next !== undefined ? quantizerOf(source.id, 0, next) : null
  }
  return network.layers.flatMap((layer) => {
    const weight = byPoint.get(`${layer.id}|WEIGHT`)
    const [input] = layer.inputs
    if (weight === undefined || input === undefined) return []
    return [{ macs: macsOfLayer(layer), weight, input: quantizerOf(layer.id, 0, input) }]
  })
}

/**
 * Bit operations of one image at the given widths: the sum over layers of MACs x weight bits x activation bits.
 *
 * A fractional width b stands for floor(b) + 1 with probability b - floor(b), else floor(b). The size of a weight is linear in its width, so
 * its expectation over the two points is elements x b. Bit operations are bilinear: their expectation over the four combinations of a weight's
 * and an input's neighbouring widths, (1-p)(1-q) f g + (1-p) q f (g+1) + p (1-q) (f+1) g + p q (f+1)(g+1), is the product of the two
 * fractional widths. So the same formula serves whole and fractional widths, and its gradient is the other factor.
 */
export function bitOperations(terms: readonly BitOpsTerm[], widths: ArrayLike<number>): number {
  return terms.reduce((sum, { macs, weight, input }) => sum + macs * (widths[weight] ?? 0) * (input === null ? FLOAT_BITS : (widths[input] ?? 0)), 0)
}
