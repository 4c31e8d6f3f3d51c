import { StudioError } from '../contract/errors'
import type { FeatureShape } from './layers'

export type Pair = readonly [height: number, width: number]

/** The window of a convolution or pool over an image with zeros on all sides. */
export interface SlidingWindow {
  readonly kernel: Pair
  readonly stride: Pair
  readonly padding: Pair
}

export const pair = (value: number | Pair): Pair => (typeof value === 'number' ? [value, value] : value)

/** Rows and columns left after sliding a window over an image, rounded down as PyTorch does; below 1 where it does not fit in. */
export function afterWindow([height, width]: FeatureShape, { kernel, stride, padding }: SlidingWindow): Pair {
  return [Math.floor((height + 2 * padding[0] - kernel[0]) / stride[0]) + 1, Math.floor((width + 2 * padding[1] - kernel[1]) / stride[1]) + 1]
}

/** CONFIG_INVALID for a network that makes nothing of such images. */
export function imageTooSmall({ name, input: [height, width] }: { readonly name: string; readonly input: FeatureShape }): StudioError {
  const message = `${name} cannot take images of ${height} x ${width} pixels: they shrink to nothing on the way. Use larger images.`
  const issue = { path: 'input_info.sample_size', message, found: `${height} x ${width}` }
  return new StudioError('CONFIG_INVALID', message, { issues: [issue] })
}
