/** Numbers as the database keeps a vector: little-endian float32. In hexadecimal, as JSON can carry them into a statement. */
export function float32Hex(values: readonly number[]): string {
  const bytes = Buffer.alloc(values.length * 4)
  values.forEach((value, index) => bytes.writeFloatLE(value, index * 4))
  return bytes.toString('hex')
}

export function fromFloat32Blob(blob: Uint8Array): number[] {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength)
  return Array.from({ length: blob.byteLength / 4 }, (_, index) => view.getFloat32(index * 4, true))
}

/** To a thousandth of a bit, which no chart shows, so that the numbers stay short on the wire. */
export const roundedBits = (blob: Uint8Array): number[] => fromFloat32Blob(blob).map((width) => Math.round(width * 1000) / 1000)
