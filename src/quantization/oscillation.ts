import * as op from '../tensor/ops'
import type { Scope } from '../tensor/scope'
import type { Tensor } from '../tensor/types'

/*
 * Freezing of oscillating weights: Nagel et al. 2022, "Overcoming oscillations in quantization-aware training", algorithm 1. With rounded
 * gradients a weight whose best value lies between two levels jumps from one to the other for as long as it is trained; one that does so too
 * often stays where it was on average.
 */

/**
 * What is kept of each weight, in this order, in a tensor [OSCILLATION_PARTS.length, ...]: its integer, the sign of its last change (0 before
 * the first), how often its direction changes and its mean integer (both moving averages over steps), and 1 where it is frozen.
 */
export const OSCILLATION_PARTS = ['code', 'direction', 'frequency', 'average', 'frozen'] as const

export interface OscillationStep {
  /** The integers that the weights are rounded to after an optimizer step. */
  readonly codes: Tensor
  /** [OSCILLATION_PARTS.length, ...shape of the codes] */
  readonly state: Tensor
  /** Scalar: weights that turn more often than this are frozen. */
  readonly threshold: Tensor
  /** Share of the moving averages that stays with each step. */
  readonly decay: number
}

/** State of weights that are tracked from now on. */
export function startOscillations(s: Scope, codes: Tensor): Tensor {
  const zero = op.multiply(s, codes, s.scalar(0))
  return op.pack(s, [codes, zero, zero, codes, zero])
}

/** The state after a step. A frozen weight keeps the integer that its mean was nearest to, whatever the optimizer makes of it. */
export function trackOscillations(s: Scope, { codes, state, threshold, decay }: OscillationStep): Tensor {
  const [previous, direction, frequency, average, frozen] = op.unpack(s, state, OSCILLATION_PARTS.length)
  if (!previous || !direction || !frequency || !average || !frozen) throw new RangeError('parts of an oscillation')
  const zero = s.scalar(0)
  const mix = (old: Tensor, fresh: Tensor): Tensor => op.add(s, op.multiply(s, old, s.scalar(decay)), op.multiply(s, fresh, s.scalar(1 - decay)))
  const isFree = op.less(s, frozen, s.scalar(0.5))
  const current = op.select(s, isFree, codes, previous)
  const change = op.subtract(s, current, previous)
  const turned = op.less(s, op.multiply(s, change, direction), zero)
  const turns = mix(frequency, op.cast(s, turned, 'float32'))
  const mean = mix(average, current)
  const freezes = op.logicalAnd(s, isFree, op.greater(s, turns, threshold))
  const moved = op.greater(s, op.absolute(s, change), zero)
  return op.pack(s, [
    op.select(s, freezes, op.round(s, mean), current),
    op.select(s, moved, op.sign(s, change), direction),
    turns,
    mean,
    op.maximum(s, frozen, op.cast(s, freezes, 'float32')),
  ])
}

/** Weights with the frozen ones on their integers, `scale` steps to the unit (scalar-like, or one entry per channel). */
export function holdFrozen(s: Scope, weights: Tensor, state: Tensor, scale: Tensor): Tensor {
  const parts = op.unpack(s, state, OSCILLATION_PARTS.length)
  const [code, frozen] = [parts[0], parts[4]]
  if (!code || !frozen) throw new RangeError('parts of an oscillation')
  return op.select(s, op.greater(s, frozen, s.scalar(0.5)), op.divide(s, code, scale), weights)
}

/** The threshold after a share of the steps since the freeze: from the first to the last along half a cosine. */
export const oscillationThreshold = (first: number, last: number, progress: number): number =>
  last + ((first - last) / 2) * (1 + Math.cos(Math.PI * Math.min(1, Math.max(0, progress))))
