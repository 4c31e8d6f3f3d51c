import * as nn from '../../tensor/nn-ops'
import * as op from '../../tensor/ops'
import type { Tensor } from '../../tensor/types'
import type { ActivationLayer, DropoutLayer, ScalarLayer } from '../layers'
import { type EmissionContext, type EmittedLayer, withoutParameters } from './emitted-layer'

export function emitActivation({ graph: g }: EmissionContext, { kind }: ActivationLayer, x: Tensor): EmittedLayer {
  const output = nn.activation(g, kind, x)
  return withoutParameters(output, (gradient) => [nn.activationGradient(g, kind, gradient, output)])
}

/** Sum of feature maps of one shape. */
export function emitAddition({ graph: g }: EmissionContext, inputs: readonly Tensor[]): EmittedLayer {
  return withoutParameters(
    inputs.reduce((sum, part) => op.add(g, sum, part)),
    (gradient) => inputs.map(() => gradient),
  )
}

/** A constant times, or added to, every value. */
export function emitScalar({ graph: g }: EmissionContext, layer: ScalarLayer, x: Tensor): EmittedLayer {
  const value = g.scalar(layer.value)
  if (layer.kind === 'add-scalar') return withoutParameters(op.add(g, x, value), (gradient) => [gradient])
  return withoutParameters(op.multiply(g, x, value), (gradient) => [op.multiply(g, gradient, value)])
}

/** Random zeros in training, nothing otherwise. `shape` has the batch in front. */
export function emitDropout(context: EmissionContext, layer: DropoutLayer, x: Tensor, shape: readonly number[]): EmittedLayer {
  const { graph: g, dropoutSeed } = context
  if (dropoutSeed === null || layer.probability === 0) return withoutParameters(x, (gradient) => [gradient])
  const kept = op.cast(g, op.greaterEqual(g, uniformOfPart(context, shape, dropoutSeed), g.scalar(layer.probability)), 'float32')
  const mask = op.multiply(g, kept, g.scalar(1 / (1 - layer.probability)))
  return withoutParameters(op.multiply(g, x, mask), (gradient) => [op.multiply(g, gradient, mask)])
}

/** Numbers of a whole batch of which this pass has its rows. */
function uniformOfPart({ graph: g, part }: EmissionContext, shape: readonly number[], seed: Tensor): Tensor {
  if (part === undefined || part.count === 1) return nn.statelessUniform(g, shape, seed)
  const [rows = 1, ...rest] = shape
  const whole = nn.statelessUniform(g, [rows * part.count, ...rest], seed)
  return op.slice(g, whole, [rows * part.index, ...rest.map(() => 0)], shape)
}
