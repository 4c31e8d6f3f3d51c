import { parametersOf } from '../models/parameter-list'
import type { ParameterInfo } from '../models/parameters'
import type { NetworkDefinition } from '../models/layers'
import { OSCILLATION_PARTS } from '../quantization/oscillation'
import { type QuantizerSpec, rangeParts } from '../quantization/quantizer-spec'
import { widthCount } from '../quantization/width-layout'
import type { Graph } from '../tensor/graph'
import { createVariable, type Variable } from '../tensor/variables'

/** A trainable variable with the vectors that the optimizer keeps for it. */
export interface Trained {
  readonly variable: Variable
  readonly slots: readonly Variable[]
}

/** Every variable of a run, by role. Names are those of the checkpoint file. */
export interface TrainingVariables {
  readonly parameters: ReadonlyMap<string, { readonly info: ParameterInfo; readonly variable: Variable; readonly slots: readonly Variable[] }>
  /** Range parameters by quantizer index: [scale] or [inputLow, inputRange]. */
  readonly ranges: readonly (readonly Trained[])[]
  /** `bits` and `frozen` have an entry for each width, `signed` one per quantizer; null where nothing is quantized. */
  readonly widths: { readonly bits: Trained; readonly frozen: Variable; readonly signed: Variable } | null
  /** Parameters of the teacher by their name in the network; empty where nothing is distilled. */
  readonly teacher: ReadonlyMap<string, Variable>
  /** State of tracked weights by the index of their quantizer, [OSCILLATION_PARTS.length, rows, channels]; empty where oscillations are not tracked. */
  readonly oscillations: ReadonlyMap<number, Variable>
  /** Moving averages by the variable that each averages; empty where nothing is averaged. */
  readonly averages: ReadonlyMap<Variable, Variable>
  readonly all: readonly Variable[]
  /** Optimizer state only: set to zero at the start of a stage. */
  readonly optimizerState: readonly Variable[]
}

export function createTrainingVariables(graph: Graph, network: NetworkDefinition, specs: readonly QuantizerSpec[], slots: number, { averaged = false, taught = false, tracked = false } = {}): TrainingVariables {
  const all: Variable[] = []
  const optimizerState: Variable[] = []
  const make = (name: string, shape: readonly number[]): Variable => {
    const variable = createVariable(graph, name, shape)
    all.push(variable)
    return variable
  }
  const state = (name: string, shape: readonly number[]): Variable[] =>
    Array.from({ length: slots }, (_, i) => {
      const variable = make(`optimizer/${String(i)}/${name}`, shape)
      optimizerState.push(variable)
      return variable
    })
  const trained = (name: string, shape: readonly number[]): Trained => ({ variable: make(name, shape), slots: state(name, shape) })

  const parameters = new Map(
    parametersOf(network).map((info) => [info.name, { info, variable: make(info.name, info.shape), slots: info.trainable ? state(info.name, info.shape) : [] }] as const),
  )
  const ranges = specs.map((spec) => {
    const name = (suffix: string): string => `quantizers/${spec.id}/${suffix}`
    return rangeParts(spec).map((suffix) => trained(name(suffix), [spec.ranges]))
  })
  const count = specs.reduce((sum, spec) => sum + widthCount(spec), 0)
  const widths =
    specs.length === 0
      ? null
      : { bits: trained('quantizers/bits', [count]), frozen: make('quantizers/frozen', [count]), signed: make('quantizers/signed', [specs.length]) }
  const trainable = [...[...parameters.values()].filter(({ info }) => info.trainable), ...ranges.flat()].map(({ variable }) => variable)
  const averages = new Map(averaged ? trainable.map((variable) => [variable, make(`average/${variable.name}`, variable.shape)] as const) : [])
  const teacher = new Map(taught ? [...parameters].map(([name, { variable }]) => [name, make(`teacher/${name}`, variable.shape)] as const) : [])
  const oscillations = new Map(
    specs.flatMap((spec, index) => {
      if (!tracked || spec.kind !== 'weight') return []
      const shape = parameters.get(`${spec.layer}.weight`)?.info.shape ?? []
      const channels = spec.ranges > 1 ? spec.ranges : (shape.at(-1) ?? 1)
      return [[index, make(`oscillations/${spec.id}`, [OSCILLATION_PARTS.length, spec.elements / channels, channels])] as const]
    }),
  )
  return { parameters, ranges, widths, averages, oscillations, teacher, all, optimizerState }
}
