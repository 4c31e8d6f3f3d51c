import type { SizeLossConfig } from '../contract/training-config'
import { matrixMultiply } from '../tensor/nn-ops'
import * as op from '../tensor/ops'
import type { Scope } from '../tensor/scope'
import type { Tensor } from '../tensor/types'
import { bitOperations, type BitOpsTerm, FLOAT_BITS } from '../contract/what-if'
import { costRateLoss, type RateLoss, sumInOrder } from './rate-loss'

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
