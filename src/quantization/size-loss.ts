import type { SizeLossConfig } from '../contract/training-config'
import * as op from '../tensor/ops'
import type { Scope } from '../tensor/scope'
import type { Tensor } from '../tensor/types'

/** Keeps the quotient finite (spec 8.1). */
const EPSILON = 1e-6

export interface SizeLoss {
  /** alpha C(rate, target). */
  readonly loss: Tensor
  /** With respect to the clamped width of every quantizer. */
  readonly gradient: Tensor
  /** INT8 size / fractional size, whichever way the loss is written. */
  readonly rate: Tensor
}

/**
 * Model-size loss (spec 8.1). `elements` [count] holds the weights of each quantizer (0 for activations), `initialSizeBits` the
 * size at the initial widths. Not flipped: rate = S0 / S against the target; flipped: S / S0 against 1 / target.
 */
export function sizeLoss(s: Scope, config: SizeLossConfig, clamped: Tensor, elements: Tensor, count: number, initialSizeBits: number): SizeLoss {
  const size = sumInOrder(s, op.multiply(s, elements, clamped), count)
  const initial = s.scalar(initialSizeBits)
  const guarded = op.add(s, size, s.scalar(EPSILON))
  // As torch computes number / tensor; the plain quotient can fall on the other side of the target.
  const reciprocal = op.divide(s, s.scalar(1), guarded)
  const rate = op.multiply(s, reciprocal, initial)
  const measured = config.flip_loss ? op.divide(s, size, initial) : rate
  const target = config.flip_loss ? 1 / config.compression_rate : config.compression_rate
  const difference = op.subtract(s, measured, s.scalar(target))
  const isL1 = config.criteria === 'L1'
  const alpha = s.scalar(config.alpha)
  const loss = op.multiply(s, alpha, isL1 ? op.absolute(s, difference) : op.square(s, difference))
  const outer = op.multiply(s, alpha, isL1 ? op.sign(s, difference) : op.multiply(s, s.scalar(2), difference))
  const inner = config.flip_loss
    ? op.divide(s, s.scalar(1), initial)
    : op.negate(s, op.multiply(s, initial, op.square(s, reciprocal)))
  return { loss, gradient: op.multiply(s, elements, op.multiply(s, outer, inner)), rate }
}

/**
 * Sum of a vector from front to back. The L1 loss has a kink at the target, so a sum in another order
 * could give the gradient of the other side there.
 */
function sumInOrder(s: Scope, vector: Tensor, count: number): Tensor {
  const [first, ...rest] = op.unpack(s, vector, count)
  if (!first) throw new RangeError('the size loss needs at least one quantizer')
  return rest.reduce((sum, part) => op.add(s, sum, part), first)
}

/** Size in bits of all quantized weights at the given widths. */
export function modelSizeBits(elements: readonly number[], widths: readonly number[]): number {
  return elements.reduce((sum, count, i) => sum + count * (widths[i] ?? 0), 0)
}
