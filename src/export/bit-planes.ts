/** Bytes that `count` codes of `bits` bits take: nothing but the last byte is padded. */
export const packedBytes = (count: number, bits: number): number => Math.ceil((count * bits) / 8)

/**
 * Codes as bit-planes: first bit 0 of every code, then bit 1 of every code, and so on, without gaps; within a byte the lowest bit comes first.
 * Negative codes are in two's complement of `bits` bits. NumPy: `unpackbits(bytes, bitorder='little')[:bits * count].reshape(bits, count)`.
 */
export function packBitPlanes(codes: Int32Array, bits: number): Uint8Array {
  const bytes = new Uint8Array(packedBytes(codes.length, bits))
  let position = 0
  for (let bit = 0; bit < bits; bit++)
    for (const code of codes) {
      if (((code >> bit) & 1) === 1) bytes[position >> 3] = (bytes[position >> 3] ?? 0) | (1 << (position & 7))
      position++
    }
  return bytes
}

/** The inverse of {@link packBitPlanes}. */
export function unpackBitPlanes(bytes: Uint8Array, count: number, bits: number, signed: boolean): Int32Array {
  const codes = new Int32Array(count)
  let position = 0
  for (let bit = 0; bit < bits; bit++)
    for (let i = 0; i < count; i++) {
      codes[i] = (codes[i] ?? 0) | ((((bytes[position >> 3] ?? 0) >> (position & 7)) & 1) << bit)
      position++
    }
  return signed ? codes.map((code) => (code >= 2 ** (bits - 1) ? code - 2 ** bits : code)) : codes
}

/** Two codes of 4 bits a byte, the first in the low half: ONNX's INT4 and UINT4. */
export function packNibbles(codes: Int32Array): Uint8Array {
  const bytes = new Uint8Array(packedBytes(codes.length, 4))
  codes.forEach((code, i) => (bytes[i >> 1] = (bytes[i >> 1] ?? 0) | ((code & 15) << (4 * (i & 1)))))
  return bytes
}
