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

/** Output channels whose codes have one width. */
export interface KernelGroup {
  readonly bits: number
  /** Ascending. */
  readonly kernels: readonly number[]
}

/** Channels of a weight by their width, ascending: in this order their codes lie in a file. */
export function kernelGroups(kernelBits: readonly number[]): KernelGroup[] {
  const widths = [...new Set(kernelBits)].sort((a, b) => a - b)
  return widths.map((bits) => ({ bits, kernels: kernelBits.flatMap((own, kernel) => (own === bits ? [kernel] : [])) }))
}

/** Bits that the codes of a weight take, of `elements` codes in all; `kernelBits` where output channels differ in width. */
export const codeBits = (elements: number, bits: number, kernelBits: readonly number[] | null): number =>
  kernelBits === null ? elements * bits : (elements / kernelBits.length) * kernelBits.reduce((sum, own) => sum + own, 0)

/** Bytes of {@link codeBits}: nothing but the last one is padded. */
export const codeBytes = (elements: number, bits: number, kernelBits: readonly number[] | null): number => packedBytes(codeBits(elements, bits, kernelBits), 1)

/** Codes whose output channels differ in width: the bit-planes of each group of {@link kernelGroups} behind one another, to the bit, without gaps. */
export function packKernelPlanes(codes: Int32Array, kernelBits: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(codeBytes(codes.length, 0, kernelBits))
  eachKernelBit(codes.length, kernelBits, (position, index, bit) => {
    if ((((codes[index] ?? 0) >> bit) & 1) === 1) bytes[position >> 3] = (bytes[position >> 3] ?? 0) | (1 << (position & 7))
  })
  return bytes
}

/** The inverse of {@link packKernelPlanes}. */
export function unpackKernelPlanes(bytes: Uint8Array, count: number, kernelBits: readonly number[], signed: boolean): Int32Array {
  const codes = new Int32Array(count)
  eachKernelBit(count, kernelBits, (position, index, bit) => {
    codes[index] = (codes[index] ?? 0) | ((((bytes[position >> 3] ?? 0) >> (position & 7)) & 1) << bit)
  })
  const size = count / kernelBits.length
  const widthOf = (index: number): number => kernelBits[Math.floor(index / size)] ?? 0
  return signed ? codes.map((code, i) => (code >= 2 ** (widthOf(i) - 1) ? code - 2 ** widthOf(i) : code)) : codes
}

/** Calls `visit` with every bit of every code in the order of the file: its position there, the code's index, and which of its bits it is. */
function eachKernelBit(count: number, kernelBits: readonly number[], visit: (position: number, index: number, bit: number) => void): void {
  const size = count / kernelBits.length
  let position = 0
  for (const { bits, kernels } of kernelGroups(kernelBits))
    for (let bit = 0; bit < bits; bit++) for (const kernel of kernels) for (let i = 0; i < size; i++) visit(position++, kernel * size + i, bit)
}
