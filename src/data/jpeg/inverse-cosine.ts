import { unreadable } from '../unreadable'
import type { Component } from './frame'

/** Place of the n-th coefficient of the file in a block of 8 x 8, row by row: along the diagonals, back and forth. */
const NATURAL = (() => {
  const places: number[] = []
  for (let diagonal = 0; diagonal < 15; diagonal++) {
    const cells = Array.from({ length: 8 }, (_, row) => ({ row, column: diagonal - row })).filter(({ column }) => column >= 0 && column < 8)
    for (const { row, column } of diagonal % 2 === 0 ? cells.reverse() : cells) places.push(row * 8 + column)
  }
  return Uint8Array.from(places)
})()

/** [frequency, place]: the cosines of T.81 A.3.3 with their factors. */
const COSINES = Float64Array.from({ length: 64 }, (_, index) => {
  const [frequency, place] = [index >> 3, index & 7]
  return (frequency === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * place + 1) * frequency * Math.PI) / 16)
})

/** Samples of a component, [rows * 8, columns * 8] of its stored blocks, 0 to 255. `quantization` is in the order of the file. */
export function samplesOf(component: Component, quantization: Uint16Array | undefined): Uint8ClampedArray {
  if (quantization === undefined) throw unreadable('one of its quantization tables is missing')
  const { coefficients, storedColumns, storedRows } = component
  const stride = storedColumns * 8
  const samples = new Uint8ClampedArray(stride * storedRows * 8)
  const block = new Float64Array(64)
  const half = new Float64Array(64)
  for (let index = 0; index < storedColumns * storedRows; index++) {
    for (let order = 0; order < 64; order++) block[NATURAL[order] ?? 0] = (coefficients[index * 64 + order] ?? 0) * (quantization[order] ?? 0)
    transformRows(block, half)
    transformRows(half, block)
    const start = Math.floor(index / storedColumns) * 8 * stride + (index % storedColumns) * 8
    for (let place = 0; place < 64; place++) samples[start + (place >> 3) * stride + (place & 7)] = (block[place] ?? 0) + 128
  }
  return samples
}

/** The inverse transform of each row, written as a column. */
function transformRows(from: Float64Array, to: Float64Array): void {
  for (let row = 0; row < 8; row++)
    for (let place = 0; place < 8; place++) {
      let sum = 0
      for (let frequency = 0; frequency < 8; frequency++) sum += (from[row * 8 + frequency] ?? 0) * (COSINES[frequency * 8 + place] ?? 0)
      to[place * 8 + row] = sum
    }
}
