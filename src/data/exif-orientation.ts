import type { Pixels } from './pixels'

const ORIENTATION_TAG = 0x0112
const SHORT = 3

/** The value 1 to 8 of Exif's orientation in a TIFF block; 1 (upright) where there is none or the block is damaged. */
export function exifOrientation(tiff: Uint8Array | null): number {
  if (tiff === null || tiff.length < 8) return 1
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength)
  const order = view.getUint16(0)
  if (order !== 0x4949 && order !== 0x4d4d) return 1
  const isLittle = order === 0x4949
  const directory = view.getUint32(4, isLittle)
  if (view.getUint16(2, isLittle) !== 42 || directory + 2 > tiff.length) return 1
  const entries = view.getUint16(directory, isLittle)
  for (let entry = directory + 2; entry + 12 <= tiff.length && entry < directory + 2 + 12 * entries; entry += 12) {
    if (view.getUint16(entry, isLittle) !== ORIENTATION_TAG || view.getUint16(entry + 2, isLittle) !== SHORT) continue
    const value = view.getUint16(entry + 8, isLittle)
    return value >= 1 && value <= 8 ? value : 1
  }
  return 1
}

/** The image as it is to be looked at. Values: 2 mirrored, 3 upside down, 4 both, 5 to 8 the same with rows and columns exchanged. */
export function turnUpright(image: Pixels, orientation: number): Pixels {
  if (orientation === 1) return image
  const isTransposed = orientation >= 5
  const [width, height] = isTransposed ? [image.height, image.width] : [image.width, image.height]
  // Which way each axis of the stored image runs in the upright one.
  const fromRight = [2, 3, 7, 8].includes(orientation)
  const fromBelow = [3, 4, 6, 7].includes(orientation)
  const data = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [across, down] = isTransposed ? [y, x] : [x, y]
      const column = fromRight ? image.width - 1 - across : across
      const row = fromBelow ? image.height - 1 - down : down
      const from = (row * image.width + column) * 3
      data.set(image.data.subarray(from, from + 3), (y * width + x) * 3)
    }
  return { width, height, data }
}
