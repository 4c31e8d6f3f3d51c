import type { SizeLossConfig } from '../contract/training-config'
import { macsOfLayer } from '../models/cost'
import type { NetworkDefinition } from '../models/layers'
import { matrixMultiply } from '../tensor/nn-ops'
import * as op from '../tensor/ops'
import type { Scope } from '../tensor/scope'
import type { Tensor } from '../tensor/types'
import type { QuantizerSpec } from './quantizer-spec'
import { costRateLoss, type RateLoss, sumInOrder } from './rate-loss'

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

/** BitOPs loss: as the size loss, with the bit operations of an image as the cost. The rate is INT8 operations / operations. */
export function bitOpsLoss(s: Scope, config: SizeLossConfig, clamped: Tensor, terms: readonly BitOpsTerm[], initialBits: readonly number[]): RateLoss {
  const initial = bitOperations(terms, initialBits)
  // In shares of the initial operations, so that float32 holds them whatever the network's size.
  const shares = s.constant('float32', [terms.length, 1], terms.map(({ macs }) => macs / initial))
  const selection = (of: (term: BitOpsTerm) => number | null): Tensor =>
    s.constant('float32', [terms.length, initialBits.length], terms.flatMap((term) => initialBits.map((_, index) => (of(term) === index ? 1 : 0))))
  const weights = selection((term) => term.weight)
  const inputs = selection((term) => term.input)
  const floats = s.constant('float32', [terms.length, 1], terms.map(({ input }) => (input === null ? FLOAT_BITS : 0)))
  const column = op.reshape(s, clamped, [-1, 1])
  const weightBits = matrixMultiply(s, weights, column)
  const inputBits = op.add(s, matrixMultiply(s, inputs, column), floats)
  const operations = op.multiply(s, shares, op.multiply(s, weightBits, inputBits))
  const { loss, towardsCost, rate } = costRateLoss(s, config, sumInOrder(s, op.reshape(s, operations, [-1]), terms.length), 1)
  const back = (selected: Tensor, factor: Tensor): Tensor => matrixMultiply(s, selected, op.multiply(s, shares, factor), { a: true })
  const towardsBits = op.reshape(s, op.add(s, back(weights, inputBits), back(inputs, weightBits)), [-1])
  return { loss, gradient: op.multiply(s, towardsBits, towardsCost), rate }
}
