import { Graph } from '../tensor/graph'
import * as op from '../tensor/ops'
import type { Tensor } from '../tensor/types'
import { assignVariable } from '../tensor/variables'
import { emitEvaluation, type EmittedEvaluation } from './evaluation-emission'
import { createGraphContext, type TrainingFeeds, type TrainingGraphOptions } from './graph-context'
import { type ActivationReading, emitInitialisation } from './initialisation-emission'
import { type EmittedOscillations, emitOscillations } from './oscillation-emission'
import { type OptimizerPlan, planOptimizer } from './optimizer-plan'
import { type EmittedStep, emitStep } from './step-emission'
import { createTrainingVariables, type TrainingVariables } from './training-variables'

export interface TrainingGraph {
  readonly graph: Graph
  readonly variables: TrainingVariables
  readonly feeds: TrainingFeeds
  /** Number of parameter groups that the step factors are fed for. */
  readonly groups: number
  /** Fetching it stores the values fed to every variable. */
  readonly assignAll: Tensor
  /** Fetching `report` takes a whole training step. */
  readonly floatStep: EmittedStep | null
  readonly widthStep: EmittedStep | null
  readonly evaluateFloat: EmittedEvaluation
  /** Every width rounded; its values are floats, in compiled functions where those are asked for. */
  readonly evaluateInteger: EmittedEvaluation | null
  /** The same over integers, slower: to the bit what an exported file computes. */
  readonly evaluateIntegerSums: EmittedEvaluation | null
  /** Widths as they train: fractional, or rounded where they are frozen. */
  readonly evaluateFractional: EmittedEvaluation | null
  /** Of one training batch in float, by point of quantization. */
  readonly activations: ReadonlyMap<string, ActivationReading>
  /** Fetching it updates the running statistics from one training batch through the quantized network. */
  readonly adaptBatchNorm: Tensor | null
  /** Fetching it moves the averages of weights and ranges towards their values; null where there are none. */
  readonly moveAverages: Tensor | null
  /** Null where oscillations are not tracked. */
  readonly oscillations: EmittedOscillations | null
}

/** Writes everything a run needs into one graph over one set of variables. */
export function buildTrainingGraph(options: TrainingGraphOptions): TrainingGraph {
  const graph = new Graph()
  const floatPlan = options.floatOptimizer && planOptimizer(options.floatOptimizer)
  const widthPlan = options.widthOptimizer && planOptimizer(options.widthOptimizer)
  const plans = [floatPlan, widthPlan].filter((plan): plan is OptimizerPlan => plan !== null)
  const variables = createTrainingVariables(graph, options.network, options.specs, Math.max(1, ...plans.map(({ slots }) => slots)), {
    averaged: options.averageDecay !== undefined,
    taught: options.distillation !== undefined,
    tracked: options.oscillationDecay !== undefined,
  })
  const context = createGraphContext(graph, options, variables, Math.max(1, ...plans.map(({ rules }) => rules.length)))
  const trainWidths = context.widths({ integer: false })
  const integerWidths = context.widths({ integer: true })
  const integer = integerWidths && context.emitter(integerWidths, true)
  const { activations, adaptBatchNorm } = emitInitialisation(context, integer)
  return {
    graph,
    variables,
    feeds: context.feeds,
    groups: context.groups,
    assignAll: op.identity(graph, graph.scalar(0), variables.all.map((variable) => variable.assign), 'assign_all'),
    floatStep: floatPlan && emitStep(context, floatPlan, null, 'float_step'),
    widthStep: widthPlan && trainWidths && emitStep(context, widthPlan, trainWidths, 'width_step'),
    evaluateFloat: emitEvaluation(context, null, 'evaluate_float'),
    evaluateInteger: integer && emitEvaluation(context, integer, 'evaluate_integer'),
    evaluateIntegerSums: integer && emitEvaluation(context, integer, 'evaluate_integer_sums', true),
    evaluateFractional: trainWidths && emitEvaluation(context, context.emitter(trainWidths, false), 'evaluate_fractional'),
    activations,
    adaptBatchNorm,
    moveAverages: emitAverages(graph, variables, options.averageDecay),
    oscillations: emitOscillations(context, integerWidths),
  }
}

/** average = decay average + (1 - decay) value, for all that is averaged. */
function emitAverages(graph: Graph, { averages }: TrainingVariables, decay: number | undefined): Tensor | null {
  if (decay === undefined) return null
  const moved = [...averages].map(([{ value }, average]) =>
    assignVariable(graph, average.handle, op.add(graph, op.multiply(graph, average.value, graph.scalar(decay)), op.multiply(graph, value, graph.scalar(1 - decay)))),
  )
  return op.identity(graph, graph.scalar(0), moved, 'move_averages')
}
