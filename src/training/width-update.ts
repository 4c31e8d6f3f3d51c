import type { Graph } from '../tensor/graph'
import * as op from '../tensor/ops'
import type { Tensor } from '../tensor/types'
import { assignVariable } from '../tensor/variables'
import type { UpdateRule } from './optimizer-plan'
import { adam, type UpdateInputs, type UpdateSettings } from './optimizer-update'
import type { TrainingVariables } from './training-variables'

export interface WidthUpdate {
  /** Must have run. */
  readonly operations: readonly Tensor[]
  /** The widths after the step. */
  readonly bits: Tensor
}

/**
 * One optimizer step for the vector of all widths, of which each may belong to another group (null: to none). Frozen widths keep their value and
 * their momentum; with `drift` momentum and weight decay go on moving them, as torch moves a parameter whose gradient is zero but there. A width
 * that was never trained has no gradient, and stays in either case.
 */
export function emitWidthUpdate(
  graph: Graph,
  rules: readonly (UpdateRule | null)[],
  widths: NonNullable<TrainingVariables['widths']>,
  gradient: Tensor,
  inputs: UpdateInputs,
  drift: boolean,
): WidthUpdate {
  const known = rules.find((rule) => rule !== null)
  if (!known) return { operations: [], bits: widths.bits.variable.value }
  const of = (value: (rule: UpdateRule) => number): Tensor => graph.constant('float32', [rules.length], rules.map((rule) => (rule ? value(rule) : 0)))
  const factor = (which: 0 | 1): Tensor => op.gather(graph, op.pack(graph, inputs.factors), graph.integers(rules.map((rule) => 2 * (rule ?? known).group + which)))
  const { variable, slots } = widths.bits
  const settings: UpdateSettings = {
    rate: op.multiply(graph, inputs.rate, of((rule) => rule.rateFactor)),
    momentum: of((rule) => rule.momentum),
    factors: [factor(0), factor(1)],
    beta1: [of((rule) => rule.betas[0]), of((rule) => 1 - rule.betas[0])],
    beta2: [of((rule) => rule.betas[1]), of((rule) => 1 - rule.betas[1])],
    eps: of((rule) => rule.eps),
  }
  const state = slots.slice(0, known.type === 'adam' ? 2 : 1)
  const [first, second] = state
  if (!first || (known.type === 'adam' && !second)) throw new RangeError('widths have no optimizer state')
  const decayed = op.add(graph, gradient, op.multiply(graph, variable.value, of((rule) => rule.weightDecay)))
  const stepped =
    known.type === 'adam' && second
      ? adam(graph, settings, variable.value, [first.value, second.value], decayed)
      : momentum(graph, rules, settings, variable.value, first.value, decayed)

  const half = graph.scalar(0.5)
  const isFree = op.less(graph, widths.frozen.value, half)
  const touched = op.greater(graph, op.absolute(graph, (second ?? first).value), graph.scalar(0))
  const moves = drift ? op.logicalOr(graph, isFree, touched) : isFree
  const trained = op.greater(graph, of(() => 1), half)
  const chosen = op.logicalAnd(graph, moves, trained)
  const bits = op.select(graph, chosen, stepped.value, variable.value)
  const kept = state.map((slot, i) => assignVariable(graph, slot.handle, op.select(graph, chosen, stepped.slots[i] ?? slot.value, slot.value)))
  return { operations: [assignVariable(graph, variable.handle, bits), ...kept], bits }
}

function momentum(graph: Graph, rules: readonly (UpdateRule | null)[], settings: UpdateSettings, value: Tensor, velocity: Tensor, gradient: Tensor): { value: Tensor; slots: readonly Tensor[] } {
  const dampened = rules.some((rule) => (rule?.dampening ?? 0) !== 0 && rule?.momentum !== 0)
  const entering = dampened ? op.multiply(graph, gradient, settings.factors[0]) : gradient
  const moved = op.add(graph, op.multiply(graph, velocity, settings.momentum), entering)
  const ahead = rules.some((rule) => rule?.nesterov === true)
  const isNesterov = (): Tensor => op.greater(graph, graph.constant('float32', [rules.length], rules.map((rule) => (rule?.nesterov === true ? 1 : 0))), graph.scalar(0.5))
  const direction = ahead ? op.select(graph, isNesterov(), op.add(graph, gradient, op.multiply(graph, moved, settings.momentum)), moved) : moved
  return { value: op.subtract(graph, value, op.multiply(graph, settings.rate, direction)), slots: [moved] }
}
