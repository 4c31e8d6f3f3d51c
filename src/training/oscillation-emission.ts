import type { BitWidths } from '../quantization/bit-widths'
import { mixedGrids, openGrid } from '../quantization/grid-table'
import { gridCodes } from '../quantization/mixed-quantizer'
import { holdFrozen, OSCILLATION_PARTS, startOscillations, trackOscillations } from '../quantization/oscillation'
import type { Graph } from '../tensor/graph'
import * as op from '../tensor/ops'
import type { Scope } from '../tensor/scope'
import type { Tensor } from '../tensor/types'
import { assignVariable, type Variable } from '../tensor/variables'
import type { GraphContext } from './graph-context'
import { COMPILE_FROM } from './pointwise-chain'

export interface EmittedOscillations {
  /** Fed with the threshold of the step. */
  readonly threshold: Tensor
  /** Fetching it tracks the weights from where they are now, none of them frozen. */
  readonly restart: Tensor
  /** Fetching it after an optimizer step tracks all weights and holds the frozen ones; the share of these in percent. */
  readonly track: Tensor
  /** Fetching it puts frozen weights on their integers. */
  readonly hold: Tensor
}

interface TrackedWeight {
  /** [rows, channels] */
  readonly values: Tensor
  readonly variable: Variable
  readonly state: Variable
  /** [GRID_ROWS, ranges] */
  readonly grid: Tensor
}

/** Tracking of all quantized weights at whole widths; null where it is not asked for. */
export function emitOscillations(context: GraphContext, integerWidths: BitWidths | null): EmittedOscillations | null {
  const { graph, options, variables } = context
  const { oscillationDecay: decay } = options
  if (decay === undefined || integerWidths === null || variables.oscillations.size === 0) return null
  const threshold = graph.placeholder('oscillation_threshold', 'float32', [])
  const grids = mixedGrids(graph, options.specs, variables.ranges.map((list) => list.map(({ variable }) => variable.value)), integerWidths.levels)
  const weights = [...variables.oscillations].map(([index, state]): TrackedWeight => {
    const variable = variables.parameters.get(`${options.specs[index]?.layer ?? ''}.weight`)?.variable
    const grid = grids[index]
    if (!variable || !grid) throw new RangeError(`quantizer ${String(index)}`)
    return { values: op.reshape(graph, variable.value, state.shape.slice(1)), variable, state, grid }
  })
  const done = (operations: readonly Tensor[], name: string): Tensor => op.identity(graph, graph.scalar(0), operations, name)
  const assignWeight = ({ variable }: TrackedWeight, value: Tensor): Tensor => assignVariable(graph, variable.handle, op.reshape(graph, value, variable.shape))

  const restarted = weights.map(({ values, grid, state }) => assignVariable(graph, state.handle, startOscillations(graph, gridCodes(graph, values, openGrid(graph, grid)))))
  const held = weights.map((weight) => assignWeight(weight, holdFrozen(graph, weight.values, weight.state.value, openGrid(graph, weight.grid).lower.scale)))
  const step = (s: Scope, [values, state, grid, limit]: readonly Tensor[]): readonly Tensor[] => {
    if (!values || !state || !grid || !limit) throw new RangeError('arguments of a tracked weight')
    const open = openGrid(s, grid)
    const next = trackOscillations(s, { codes: gridCodes(s, values, open), state, threshold: limit, decay })
    return [next, holdFrozen(s, values, next, open.lower.scale), op.reduceSum(s, op.slice(s, next, [OSCILLATION_PARTS.length - 1, 0, 0], [1, -1, -1]), [0, 1, 2])]
  }
  const tracked = weights.map((weight) => {
    const [next, value, count] = call(graph, options, weight, step, [weight.values, weight.state.value, weight.grid, threshold])
    if (!next || !value || !count) throw new RangeError('results of a tracked weight')
    return { count, operations: [assignVariable(graph, weight.state.handle, next), assignWeight(weight, value)] }
  })
  const elements = options.specs.reduce((sum, spec) => sum + spec.elements, 0)
  const share = op.multiply(graph, op.reduceSum(graph, op.pack(graph, tracked.map(({ count }) => count)), [0]), graph.scalar(100 / elements))
  return {
    threshold,
    restart: done(restarted, 'restart_oscillations'),
    track: op.identity(graph, share, tracked.flatMap(({ operations }) => operations), 'track_oscillations'),
    hold: done(held, 'hold_frozen'),
  }
}

type Body = (s: Scope, inputs: readonly Tensor[]) => readonly Tensor[]

/** Large weights in one compiled function, which reads and writes them once; small ones as operations of the graph. */
function call(graph: Graph, { compileQuantizers, compileFrom = COMPILE_FROM }: GraphContext['options'], { state }: TrackedWeight, body: Body, inputs: readonly Tensor[]): readonly Tensor[] {
  const [, rows = 0, channels = 0] = state.shape
  if (!compileQuantizers || rows * channels < compileFrom) return body(graph, inputs)
  return graph.call(graph.define(`oscillations_${String(rows)}x${String(channels)}`, inputs.map(({ dtype }) => dtype), (s) => body(s, s.parameters)), inputs, { compile: true })
}
