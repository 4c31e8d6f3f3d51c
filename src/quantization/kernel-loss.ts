import type { HardwareTable, SizeLossConfig } from '../contract/training-config'
import type { BitOpsTerm } from '../contract/what-if'
import * as op from '../tensor/ops'
import type { Scope } from '../tensor/scope'
import type { Tensor } from '../tensor/types'
import { sumByQuantizer, termCosts } from './hardware-loss'
import { kernelTermsOf } from './kernel-terms'
import type { QuantizerSpec } from './quantizer-spec'
import { costRateLoss, type RateLoss, sumInOrder } from './rate-loss'
import { isKernelWise, widthCount, widthSpecs, widthStarts } from './width-layout'

/** `values` [widths] cut into those of each quantizer, reduced, and joined: [quantizers]. */
function byQuantizer(s: Scope, specs: readonly QuantizerSpec[], values: Tensor, reduce: typeof op.reduceMean): Tensor {
  const starts = widthStarts(specs)
  return op.concatenate(s, specs.map((spec, i) => reduce(s, op.slice(s, values, [starts[i] ?? 0], [widthCount(spec)]), [0], true)), 0)
}

/**
 * A rate loss that is linear in the width of a weight (size, bit operations), kernel-wise: each kernel counts its share, so that the cost is that of
 * the mean width, and each kernel has its share of the mean's gradient. With one width a quantizer it is `emit` itself. `clamped` [widths].
 */
export function lossOfMeans(s: Scope, specs: readonly QuantizerSpec[], clamped: Tensor, emit: (means: Tensor) => RateLoss): RateLoss {
  if (!isKernelWise(specs)) return emit(clamped)
  const { gradient, ...rest } = emit(byQuantizer(s, specs, clamped, op.reduceMean))
  const each = widthSpecs(specs)
  const shares = s.constant('float32', [each.length], each.map((spec) => 1 / widthCount(spec)))
  return { ...rest, gradient: op.multiply(s, op.gather(s, gradient, s.integers(each.map(({ quantizer }) => quantizer))), shares) }
}

/**
 * As {@link hardwareLoss} with a width for each kernel: a table's cost need not be linear in the width, so each kernel is a term of its own with its
 * share of the layer's multiply-accumulates. `terms` name quantizers; the gradient is by width.
 */
export function kernelHardwareLoss(s: Scope, config: SizeLossConfig, clamped: Tensor, specs: readonly QuantizerSpec[], terms: readonly BitOpsTerm[], table: HardwareTable): RateLoss {
  const kernelTerms = kernelTermsOf(specs, terms)
  const each = widthSpecs(specs)
  const costs = termCosts(s, clamped, kernelTerms.flat(), each.map(({ initialBits }) => initialBits), table)
  // Terms of one layer lie together: a layer's sum first, then those of all.
  const firsts = kernelTerms.map((_, i) => kernelTerms.slice(0, i).flat().length)
  const ofLayers = (values: Tensor): Tensor =>
    op.concatenate(s, kernelTerms.map((own, i) => op.reduceSum(s, op.slice(s, values, [firsts[i] ?? 0], [own.length]), [0], true)), 0)
  const { loss, towardsCost, rate } = costRateLoss(s, config, sumInOrder(s, ofLayers(costs.cost), terms.length), 1)
  const withNothing = (values: Tensor): Tensor => op.concatenate(s, [values, s.constant('float32', [1], [0])], 0)
  const all = kernelTerms.flat()
  const termOf = new Map(all.map(({ weight }, i) => [weight, i]))
  const byWeight = op.gather(s, withNothing(costs.byWeight), s.integers(each.map((_, i) => termOf.get(i) ?? all.length)))
  const byInput = sumByQuantizer(s, ofLayers(costs.byInput), terms, specs.length, ({ input }) => input)
  const inputOf = each.map(({ quantizer, kind }) => (kind === 'activation' ? quantizer : specs.length))
  const towardsBits = op.add(s, byWeight, op.gather(s, withNothing(byInput), s.integers(inputOf)))
  return { loss, gradient: op.multiply(s, towardsBits, towardsCost), rate }
}
