import type { Pixels } from '../pixels'
import { loadTurbo } from './decode'

/** A JPEG of an image; small ones keep all their colours. */
export function encodeJpeg({ width, height, data }: Pixels, quality: number): Uint8Array {
  const turbo = loadTurbo()
  const subsampling = Math.max(width, height) < 100 ? turbo.SAMP_444 : turbo.SAMP_420
  const pixels = Buffer.from(data.buffer instanceof SharedArrayBuffer ? new Uint8Array(data) : data).subarray(0, width * height * 3)
  return turbo.compressSync(pixels, { format: turbo.FORMAT_RGB, width, height, subsampling, quality })
}
