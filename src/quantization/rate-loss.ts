import type { SizeLossConfig } from '../contract/training-config'
import * as op from '../tensor/ops'
import type { Scope } from '../tensor/scope'
import type { Tensor } from '../tensor/types'

/** Keeps the quotient finite (spec 8.1). */
const EPSILON = 1e-6

/** A pull of the widths towards a target rate. */
export interface RateLoss {
  /** alpha C(rate, target). */
  readonly loss: Tensor
  /** With respect to the clamped width of every quantizer. */
  readonly gradient: Tensor
  /** Initial cost / cost, whichever way the loss is written. */
  readonly rate: Tensor
}

export interface CostRateLoss {
  readonly loss: Tensor
  /** Scalar: with respect to the cost. */
  readonly towardsCost: Tensor
  readonly rate: Tensor
}

/** Loss of a cost (size in bits, bit operations) against the target. Not flipped: rate = C0 / C against the target; flipped: C / C0 against 1 / target. */
export function costRateLoss(s: Scope, config: SizeLossConfig, cost: Tensor, initialCost: number): CostRateLoss {
  const initial = s.scalar(initialCost)
  const guarded = op.add(s, cost, s.scalar(EPSILON))
  // As torch computes number / tensor; the plain quotient can fall on the other side of the target.
  const reciprocal = op.divide(s, s.scalar(1), guarded)
  const rate = op.multiply(s, reciprocal, initial)
  const measured = config.flip_loss ? op.divide(s, cost, initial) : rate
  const target = config.flip_loss ? 1 / config.compression_rate : config.compression_rate
  const difference = op.subtract(s, measured, s.scalar(target))
  const isL1 = config.criteria === 'L1'
  const alpha = s.scalar(config.alpha)
  const loss = op.multiply(s, alpha, isL1 ? op.absolute(s, difference) : op.square(s, difference))
  const outer = op.multiply(s, alpha, isL1 ? op.sign(s, difference) : op.multiply(s, s.scalar(2), difference))
  const inner = config.flip_loss ? op.divide(s, s.scalar(1), initial) : op.negate(s, op.multiply(s, initial, op.square(s, reciprocal)))
  return { loss, towardsCost: op.multiply(s, outer, inner), rate }
}

/**
 * Sum of a vector from front to back. The L1 loss has a kink at the target, so a sum in another order
 * could give the gradient of the other side there.
 */
export function sumInOrder(s: Scope, vector: Tensor, count: number): Tensor {
  const [first, ...rest] = op.unpack(s, vector, count)
  if (!first) throw new RangeError('the loss needs at least one quantizer')
  return rest.reduce((sum, part) => op.add(s, sum, part), first)
}
