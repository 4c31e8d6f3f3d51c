import type { Graph } from '../tensor/graph'
import * as op from '../tensor/ops'
import type { Tensor } from '../tensor/types'
import { applyMomentum, assignVariable, type Variable } from '../tensor/variables'
import type { UpdateRule } from './optimizer-plan'

export interface UpdateInputs {
  /** Learning rate of the whole optimizer; a group's is a multiple of it. */
  readonly rate: Tensor
  /** Two scalars a group: see `stepFactors`. */
  readonly factors: readonly Tensor[]
}

/** One step's settings as tensors: scalars, or one entry per element of what is updated. */
export interface UpdateSettings {
  readonly rate: Tensor
  readonly momentum: Tensor
  /** Adam's bias corrections; for SGD the share of the gradient that enters the momentum comes first. */
  readonly factors: readonly [Tensor, Tensor]
  readonly beta1: readonly [keep: Tensor, mix: Tensor]
  readonly beta2: readonly [keep: Tensor, mix: Tensor]
  readonly eps: Tensor
}

/** New value and optimizer state of something that is updated. */
export interface Updated {
  readonly value: Tensor
  readonly slots: readonly Tensor[]
}

const factorsOf = ({ group }: UpdateRule, { factors }: UpdateInputs): readonly [Tensor, Tensor] => {
  const [first, second] = [factors[2 * group], factors[2 * group + 1]]
  if (!first || !second) throw new RangeError(`no step factors of group ${String(group)}`)
  return [first, second]
}

const scaledRate = (graph: Graph, rule: UpdateRule, rate: Tensor): Tensor => (rule.rateFactor === 1 ? rate : op.multiply(graph, rate, graph.scalar(rule.rateFactor)))

/**
 * Writes one optimizer step for one parameter, as torch.optim.SGD or torch.optim.Adam take it (weight decay added to the gradient).
 * Gives the operations that must have run.
 */
export function emitUpdate(graph: Graph, rule: UpdateRule, parameter: Variable, slots: readonly Variable[], gradient: Tensor, inputs: UpdateInputs): Tensor[] {
  const decayed = rule.weightDecay === 0 ? gradient : op.add(graph, gradient, op.multiply(graph, parameter.value, graph.scalar(rule.weightDecay)))
  const [first, second] = slots
  if (!first) throw new RangeError(`${parameter.name} has no optimizer state`)
  const factors = factorsOf(rule, inputs)
  const rate = scaledRate(graph, rule, inputs.rate)
  if (rule.type === 'sgd') {
    const momentum = graph.scalar(rule.momentum)
    if (rule.dampening === 0 || rule.momentum === 0) return [applyMomentum(graph, parameter, first, rate, decayed, momentum, rule.nesterov)]
    const velocity = op.add(graph, op.multiply(graph, first.value, momentum), op.multiply(graph, decayed, factors[0]))
    const value = op.subtract(graph, parameter.value, op.multiply(graph, rate, velocity))
    return [assignVariable(graph, parameter.handle, value), assignVariable(graph, first.handle, velocity)]
  }
  if (!second) throw new RangeError(`${parameter.name} has one optimizer state, Adam needs two`)
  const pair = (beta: number): readonly [Tensor, Tensor] => [graph.scalar(beta), graph.scalar(1 - beta)]
  const settings = { rate, momentum: rate, factors, beta1: pair(rule.betas[0]), beta2: pair(rule.betas[1]), eps: graph.scalar(rule.eps) }
  const { value, slots: state } = adam(graph, settings, parameter.value, [first.value, second.value], decayed)
  return [assignVariable(graph, parameter.handle, value), ...state.map((slot, i) => assignVariable(graph, (i === 0 ? first : second).handle, slot))]
}

/** m = b1 m + (1 - b1) g, v = b2 v + (1 - b2) g^2, p -= (rate / c1) m / (sqrt(v) / sqrt(c2) + eps). */
export function adam(graph: Graph, settings: UpdateSettings, value: Tensor, [mean, variance]: readonly [Tensor, Tensor], gradient: Tensor): Updated {
  const mix = (old: Tensor, fresh: Tensor, [keep, share]: readonly [Tensor, Tensor]): Tensor => op.add(graph, op.multiply(graph, old, keep), op.multiply(graph, fresh, share))
  const newMean = mix(mean, gradient, settings.beta1)
  const newVariance = mix(variance, op.square(graph, gradient), settings.beta2)
  const [correction1, correction2] = settings.factors
  const spread = op.add(graph, op.divide(graph, op.squareRoot(graph, newVariance), op.squareRoot(graph, correction2)), settings.eps)
  const step = op.multiply(graph, op.divide(graph, settings.rate, correction1), op.divide(graph, newMean, spread))
  return { value: op.subtract(graph, value, step), slots: [newMean, newVariance] }
}
