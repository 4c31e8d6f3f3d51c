import * as op from '../../tensor/ops'
import type { Tensor } from '../../tensor/types'
import type { SelectChannelLayer } from '../layers'
import { type EmissionContext, type EmittedLayer, withoutParameters } from './emitted-layer'

/** Feature maps behind one another along the channels. `shapes` are those of the inputs, [height, width, channels]. */
export function emitConcat(
  { graph: g, batchSize }: EmissionContext,
  inputs: readonly Tensor[],
  shapes: readonly (readonly number[])[],
): EmittedLayer {
  return withoutParameters(op.concatenate(g, inputs, 3), (gradient) => {
    let first = 0
    return shapes.map(([height = 1, width = 1, channels = 1]) => {
      const part = op.slice(g, gradient, [0, 0, 0, first], [batchSize, height, width, channels])
      first += channels
      return part
    })
  })
}

/** One channel; the others have no gradient. `inputShape` is [batch, height, width, channels]. */
export function emitSelectChannel(
  { graph: g }: EmissionContext,
  { channel }: SelectChannelLayer,
  x: Tensor,
  inputShape: readonly number[],
): EmittedLayer {
  const [batch = 1, height = 1, width = 1, channels = 1] = inputShape
  return withoutParameters(op.slice(g, x, [0, 0, 0, channel], [batch, height, width, 1]), (gradient) => [
    op.pad(g, gradient, [
      [0, 0],
      [0, 0],
      [0, 0],
      [channel, channels - 1 - channel],
    ]),
  ])
}
