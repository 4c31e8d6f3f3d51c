import type { HardwareTable, SizeLossConfig } from '../contract/training-config'
import * as op from '../tensor/ops'
import type { Scope } from '../tensor/scope'
import type { Tensor } from '../tensor/types'
import { type BitOpsTerm, FLOAT_BITS } from '../contract/what-if'
import { costPerMac } from './hardware-cost'
import { costRateLoss, type RateLoss, sumInOrder } from './rate-loss'

/** What every term of a cost by a hardware table costs, in shares of the initial cost, and how that changes with its two widths; each [terms]. */
export interface TermCosts {
  readonly cost: Tensor
  readonly byWeight: Tensor
  /** 0 where the input is not quantized. */
  readonly byInput: Tensor
}

/**
 * A fractional width stands for its two neighbours, as in {@link bitOperations}, so that a layer costs
 * (1-p)(1-q) T[f,g] + (1-p) q T[f,g+1] + p (1-q) T[f+1,g] + p q T[f+1,g+1] per multiply-accumulate; its gradient with respect to a width is the
 * difference between the neighbours.
 */
export function termCosts(s: Scope, clamped: Tensor, terms: readonly BitOpsTerm[], initialBits: readonly number[], table: HardwareTable): TermCosts {
  const costs = costPerMac(table)
  const bitsOf = (input: number | null): number => (input === null ? FLOAT_BITS : (initialBits[input] ?? 0))
  const initial = terms.reduce((sum, { macs, weight, input }) => sum + macs * costs.at(initialBits[weight] ?? 0, bitsOf(input)), 0)
  const shares = s.constant('float32', [terms.length], terms.map(({ macs }) => macs / initial))
  const dense = s.constant('float32', [costs.dense.length], costs.dense)
  const one = s.scalar(1)
  // An input that is not quantized counts as wide as the table goes; its width has no gradient.
  const known = s.constant('float32', [terms.length], terms.map(({ input }) => (input === null ? 0 : 1)))
  const widest = s.constant('float32', [terms.length], terms.map(() => costs.size - 2))
  const taken = (of: (term: BitOpsTerm) => number): Tensor => op.gather(s, clamped, s.integers(terms.map(of)))
  const parts = (bits: Tensor): { floor: Tensor; share: Tensor } => {
    const floor = op.floor(s, bits)
    return { floor, share: op.subtract(s, bits, floor) }
  }
  const w = parts(taken(({ weight }) => weight))
  const a = parts(op.select(s, op.greater(s, known, s.scalar(0.5)), taken(({ input }) => input ?? 0), widest))
  const entry = (up: boolean, right: boolean): Tensor => {
    const row = up ? op.add(s, w.floor, one) : w.floor
    const column = right ? op.add(s, a.floor, one) : a.floor
    return op.gather(s, dense, op.cast(s, op.add(s, op.multiply(s, row, s.scalar(costs.size)), column), 'int32'))
  }
  const mix = (low: Tensor, high: Tensor, share: Tensor): Tensor => op.add(s, low, op.multiply(s, share, op.subtract(s, high, low)))
  const [lower, upper] = [mix(entry(false, false), entry(false, true), a.share), mix(entry(true, false), entry(true, true), a.share)]
  const rightwards = (up: boolean): Tensor => op.subtract(s, entry(up, true), entry(up, false))
  return {
    cost: op.multiply(s, shares, mix(lower, upper, w.share)),
    byWeight: op.multiply(s, shares, op.subtract(s, upper, lower)),
    byInput: op.multiply(s, op.multiply(s, shares, known), mix(rightwards(false), rightwards(true), w.share)),
  }
}

/** Sums of `values` [terms] by the quantizer that `of` names; [quantizers]. */
export function sumByQuantizer(s: Scope, values: Tensor, terms: readonly BitOpsTerm[], quantizers: number, of: (term: BitOpsTerm) => number | null): Tensor {
  const selection = s.constant('float32', [terms.length, quantizers], terms.flatMap((term) => Array.from({ length: quantizers }, (_, index) => (of(term) === index ? 1 : 0))))
  return op.reduceSum(s, op.multiply(s, selection, op.reshape(s, values, [-1, 1])), [0])
}

/** Loss of the cost by a hardware table: {@link termCosts} added up. The rate is INT8 cost / cost. */
export function hardwareLoss(s: Scope, config: SizeLossConfig, clamped: Tensor, terms: readonly BitOpsTerm[], initialBits: readonly number[], table: HardwareTable): RateLoss {
  const { cost, byWeight, byInput } = termCosts(s, clamped, terms, initialBits, table)
  const { loss, towardsCost, rate } = costRateLoss(s, config, sumInOrder(s, cost, terms.length), 1)
  const spread = (values: Tensor, of: (term: BitOpsTerm) => number | null): Tensor => sumByQuantizer(s, values, terms, initialBits.length, of)
  const towardsBits = op.add(s, spread(byWeight, ({ weight }) => weight), spread(byInput, ({ input }) => input))
  return { loss, gradient: op.multiply(s, towardsBits, towardsCost), rate }
}
