import type { Pixels } from '../pixels'

/** Pixels of an image that are looked at; of larger ones every so many-th. */
const SAMPLED = 65_536

export interface PixelStatistics {
  /** Per channel, on the 0..1 scale. */
  readonly mean: readonly number[]
  readonly square: readonly number[]
  /** Mean and standard deviation of grey, 0..1. */
  readonly brightness: number
  readonly contrast: number
}

/** Mean and mean square of an image's channels, and of its grey values (ITU-R BT.601). */
export function measure({ width, height, data }: Pixels): PixelStatistics {
  const count = width * height
  // Odd, so that the columns looked at differ from row to row.
  const step = Math.max(1, Math.ceil(count / SAMPLED)) | 1
  const sum = [0, 0, 0, 0]
  const square = [0, 0, 0, 0]
  let seen = 0
  for (let pixel = 0; pixel < count; pixel += step, seen++) {
    const at = pixel * 3
    const red = (data[at] ?? 0) / 255
    const green = (data[at + 1] ?? 0) / 255
    const blue = (data[at + 2] ?? 0) / 255
    const grey = 0.299 * red + 0.587 * green + 0.114 * blue
    sum[0] = (sum[0] ?? 0) + red
    sum[1] = (sum[1] ?? 0) + green
    sum[2] = (sum[2] ?? 0) + blue
    sum[3] = (sum[3] ?? 0) + grey
    square[0] = (square[0] ?? 0) + red * red
    square[1] = (square[1] ?? 0) + green * green
    square[2] = (square[2] ?? 0) + blue * blue
    square[3] = (square[3] ?? 0) + grey * grey
  }
  const mean = sum.map((value) => value / seen)
  const squares = square.map((value) => value / seen)
  const brightness = mean[3] ?? 0
  return { mean: mean.slice(0, 3), square: squares.slice(0, 3), brightness, contrast: Math.sqrt(Math.max(0, (squares[3] ?? 0) - brightness ** 2)) }
}
