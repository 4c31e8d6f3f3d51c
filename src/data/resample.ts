import type { Box, Pixels } from './pixels'
import { resizeColumns, resizeRows } from './resample-passes'
import { neededInputs, triangleTaps } from './resample-taps'

export interface Resizing {
  /** Part of the source that is resized. */
  readonly crop: Box
  /** Size that the crop gets. */
  readonly width: number
  readonly height: number
  /** Part of the result that is wanted: only this is computed. */
  readonly part: Box
  /** Exchange left and right of the part. */
  readonly isMirrored?: boolean
}

/** Resizes images; keeps memory for the next one. */
export interface Resampler {
  /** Writes the wanted part to `target` [part.height, part.width, 3]. Boxes must lie inside what they cut from. */
  resize(source: Pixels, resizing: Resizing, target: Uint8Array): void
}

/**
 * Bilinear with antialiasing, to the bit what Pillow's `Image.resize` gives for 8-bit images (spec 11): 22-bit fixed-point weights, first
 * along rows, rounded to bytes, then along columns.
 */
export function createResampler(): Resampler {
  let scratch = new Uint8Array(0)
  return {
    resize(source, { crop, width, height, part, isMirrored = false }, target) {
      const across = triangleTaps({ inputs: crop.width, outputs: width, start: part.left, places: part.width, isMirrored })
      const down = neededInputs(triangleTaps({ inputs: crop.height, outputs: height, start: part.top, places: part.height }))
      const size = down.inputs * part.width * 3
      if (scratch.length < size) scratch = new Uint8Array(size)
      const rows = { data: source.data, start: ((crop.top + down.from) * source.width + crop.left) * 3, pitch: source.width * 3, rows: down.inputs }
      resizeRows(rows, across, scratch)
      resizeColumns(scratch, part.width * 3, down.taps, target)
    },
  }
}
