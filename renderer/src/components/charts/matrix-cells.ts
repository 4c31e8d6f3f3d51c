import { mix, type Rgb } from './color-ramp'

/** One cell of a square matrix of classes; cells that there are none of are empty. */
export interface MatrixCell {
  readonly row: number
  readonly column: number
  /** What stands in the cell where there is room. */
  readonly text: string
  readonly tone: 'right' | 'wrong'
  /** How full its colour is, 0..1. */
  readonly strength: number
}

/** Up to so many classes are drawn as a grid with names and numbers; more as a map of pixels. */
export const MOST_LABELLED = 30

/** Small shares are told apart better by their roots; the least of them is still seen beside an empty cell. */
export const strengthOf = (share: number): number => (share <= 0 ? 0 : LEAST + (1 - LEAST) * Math.sqrt(Math.min(1, share)))
const LEAST = 0.12

export const cellKey = (row: number, column: number): string => `${row} ${column}`

export interface MatrixColors {
  readonly empty: Rgb
  readonly diagonal: Rgb
  readonly right: Rgb
  readonly wrong: Rgb
}

/** With more classes a cell is so small that a pale one would not be seen. */
const MOST_PALE = 200
const LEAST_OF_SMALL = 0.4

/** RGBA pixels of a square, one a cell; the diagonal shows where nothing lies on it. */
export function matrixPixels(classes: number, cells: readonly MatrixCell[], colors: MatrixColors): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(classes * classes * 4)
  const paint = (row: number, column: number, color: Rgb): void => pixels.set([...color, 255], (row * classes + column) * 4)
  const least = classes > MOST_PALE ? LEAST_OF_SMALL : 0
  for (let row = 0; row < classes; row += 1) for (let column = 0; column < classes; column += 1) paint(row, column, row === column ? colors.diagonal : colors.empty)
  for (const { row, column, tone, strength } of cells) paint(row, column, mix(colors.empty, colors[tone], Math.max(least, strength)))
  return pixels
}
