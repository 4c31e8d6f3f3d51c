import * as op from '../tensor/ops'
import type { Tensor } from '../tensor/types'
import { assignVariable } from '../tensor/variables'
import type { GraphContext } from './graph-context'
import type { QuantizerEmitter } from './quantizer-emitter'

/** Where one activation's ranges are read from. */
export interface ActivationReading {
  /** Quantizer index. */
  readonly index: number
  /** Shape of `values`: [images, height, width, channels]. */
  readonly shape: readonly [number, number, number, number]
  readonly values: Tensor
  /** Per image, or per channel where each has a range; the maximum is that of |x| in symmetric mode. */
  readonly min: Tensor
  readonly max: Tensor
}

export interface EmittedInitialisation {
  readonly activations: ReadonlyMap<string, ActivationReading>
  readonly adaptBatchNorm: Tensor | null
}

/** Range initialisation looks at the float network in evaluation; batch norms adapt in the quantized one, each with its own momentum (spec 7.1, 7.4). */
export function emitInitialisation(context: GraphContext, integer: QuantizerEmitter | null): EmittedInitialisation {
  const { graph, options, variables, initialisationBatchSize } = context
  const { specs, network } = options
  const activations = new Map<string, ActivationReading>()
  if (specs.length === 0) return { activations, adaptBatchNorm: null }
  const { values } = context.initialisationPass({ chained: false, batchNormTraining: false, quantizers: null })
  const shapes = new Map([['input', network.input], ...network.layers.map((layer) => [layer.id, layer.shape] as const)])
  specs.forEach((spec, index) => {
    if (spec.kind !== 'activation') return
    for (const point of spec.points) {
      const value = values.get(point.layer)
      const shape = shapes.get(point.layer)
      if (!value || !shape) throw new RangeError(`nothing is quantized at ${point.id}`)
      const image = [initialisationBatchSize, ...shape] as const
      const shaped = op.reshape(graph, value, image)
      const axes = spec.ranges > 1 ? [0, 1, 2] : [1, 2, 3]
      const magnitude = spec.mode === 'symmetric' ? op.absolute(graph, shaped) : shaped
      activations.set(point.id, { index, shape: image, values: shaped, min: op.reduceMin(graph, shaped, axes), max: op.reduceMax(graph, magnitude, axes) })
    }
  })
  const adapted = context.initialisationPass({ chained: true, batchNormTraining: true, quantizers: integer })
  const assigned = [...adapted.statistics].map(([name, value]) => {
    const entry = variables.parameters.get(name)
    if (!entry) throw new RangeError(name)
    return assignVariable(graph, entry.variable.handle, value)
  })
  return { activations, adaptBatchNorm: op.identity(graph, graph.scalar(0), assigned, 'adapt_batch_norm') }
}
