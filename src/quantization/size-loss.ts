import type { SizeLossConfig } from '../contract/training-config'
import * as op from '../tensor/ops'
import type { Scope } from '../tensor/scope'
import type { Tensor } from '../tensor/types'
import { costRateLoss, type RateLoss, sumInOrder } from './rate-loss'

/**
 * Model-size loss (spec 8.1). `elements` [count] holds the weights of each quantizer (0 for activations), `initialSizeBits` the
 * size at the initial widths. Not flipped: rate = S0 / S against the target; flipped: S / S0 against 1 / target.
 */
export function sizeLoss(s: Scope, config: SizeLossConfig, clamped: Tensor, elements: Tensor, count: number, initialSizeBits: number): RateLoss {
  const size = sumInOrder(s, op.multiply(s, elements, clamped), count)
  const { loss, towardsCost, rate } = costRateLoss(s, config, size, initialSizeBits)
  return { loss, gradient: op.multiply(s, elements, towardsCost), rate }
}
