import type { NormFactors } from '../export/integer-model'
import { normFactors } from '../models/emission/batch-norm'
import { evaluatedLayers } from '../models/evaluated-network'
import type { NetworkDefinition } from '../models/layers'
import { parametersOf } from '../models/parameter-list'
import { bitWidths, signedByWidth, widthConstants } from '../quantization/bit-widths'
import { type QuantizerSpec, rangeParts } from '../quantization/quantizer-spec'
import { widthSpecs } from '../quantization/width-layout'
import { Graph } from '../tensor/graph'
import { type Feed, Session } from '../tensor/session'
import type { Tensor } from '../tensor/types'
import { createQuantizerEmitter } from './quantizer-emitter'
import type { EngineState } from './training-engine'

export interface IntegerParts {
  /** In the engine's layout, by quantizer id. */
  readonly quantizedWeights: Map<string, Float32Array>
  /** By layer id. */
  readonly norms: Map<string, NormFactors>
}

/** Weights and batch norms of the integer model with the roundings of the kernels that evaluate it: what an export is made of. */
export function integerParts(network: NetworkDefinition, specs: readonly QuantizerSpec[], state: EngineState): IntegerParts {
  const graph = new Graph()
  const feeds: Feed[] = []
  const input = (name: string, shape: readonly number[]): Tensor => {
    const data = state.get(name)
    if (data === undefined) throw new RangeError(`no variable ${name}`)
    const to = graph.placeholder(`in${String(feeds.length)}`, 'float32', shape)
    feeds.push({ to, dtype: 'float32', shape, data })
    return to
  }
  const weights = emitWeights(graph, network, specs, input)
  const norms = evaluatedLayers(network).flatMap((layer) => {
    if (layer.kind !== 'batch-norm') return []
    const of = (name: string): Tensor => input(`${layer.id}.${name}`, [layer.channels])
    return [
      [
        layer.id,
        normFactors(graph, layer, { scale: of('weight'), shift: of('bias'), mean: of('running_mean'), variance: of('running_var') }),
      ] as const,
    ]
  })
  const session = new Session(graph)
  try {
    const values = session.run(feeds, [...weights.map(([, tensor]) => tensor), ...norms.flatMap(([, { slope, offset }]) => [slope, offset])])
    const floats = (i: number): Float32Array => Float32Array.from(values[i] ?? [])
    return {
      quantizedWeights: new Map(weights.map(([id], i) => [id, floats(i)])),
      norms: new Map(norms.map(([id], i) => [id, { slope: floats(weights.length + 2 * i), offset: floats(weights.length + 2 * i + 1) }])),
    }
  } finally {
    session.close()
  }
}

function emitWeights(
  graph: Graph,
  network: NetworkDefinition,
  specs: readonly QuantizerSpec[],
  input: (name: string, shape: readonly number[]) => Tensor,
): (readonly [id: string, value: Tensor])[] {
  const each = widthSpecs(specs)
  const widths = bitWidths(
    graph,
    {
      bits: input('quantizers/bits', [each.length]),
      frozen: graph.constant('float32', [each.length], each.map(() => 1)),
      signed: signedByWidth(graph, specs, input('quantizers/signed', [specs.length])),
      ...widthConstants(graph, each),
    },
    { integer: true },
  )
  const parameters = specs.map((spec) =>
    rangeParts(spec).map((part) => input(`quantizers/${spec.id}/${part}`, [spec.ranges])),
  )
  const shapes = new Map(
    parametersOf(network)
      .filter(({ kind }) => kind.endsWith('-weight'))
      .map(({ layer, shape }) => [layer, shape]),
  )
  const emitter = createQuantizerEmitter({ graph, specs, weightShapes: shapes, parameters, levels: widths.levels, integer: true, compile: false })
  return specs.flatMap((spec, index) => {
    if (spec.kind !== 'weight') return []
    const shape = emitter.weightShape(index)
    return [[spec.id, emitter.integers(index, input(`${spec.layer}.weight`, shape), shape).value] as const]
  })
}
