import { unreadable } from '../unreadable'

/** Nearest of left, above and upper left to left + above - upper left; the first of equals. */
function paeth(left: number, above: number, upperLeft: number): number {
  const toLeft = Math.abs(above - upperLeft)
  const toAbove = Math.abs(left - upperLeft)
  const toUpperLeft = Math.abs(left + above - 2 * upperLeft)
  if (toLeft <= toAbove && toLeft <= toUpperLeft) return left
  return toAbove <= toUpperLeft ? above : upperLeft
}

/**
 * Undoes PNG's filters in place: `rows` rows from `start`, each a byte that names its filter and `length` bytes of samples.
 * `step` is the number of bytes from a sample to the same one of the pixel before (at least 1).
 */
export function unfilter(bytes: Uint8Array, start: number, rows: number, length: number, step: number): void {
  for (let row = 0; row < rows; row++) {
    const filterAt = start + row * (length + 1)
    const filter = bytes[filterAt] ?? 0
    const from = filterAt + 1
    const isFirst = row === 0
    const above = (at: number): number => (isFirst ? 0 : (bytes[at - length - 1] ?? 0))
    if (filter > 4) throw unreadable(`row ${row} of its image data has the unknown filter ${filter}`)
    if (filter === 0 || (filter === 2 && isFirst)) continue
    for (let at = from; at < from + length; at++) {
      const value = bytes[at] ?? 0
      const inside = at >= from + step
      const left = inside ? (bytes[at - step] ?? 0) : 0
      if (filter === 1) bytes[at] = value + left
      else if (filter === 2) bytes[at] = value + above(at)
      else if (filter === 3) bytes[at] = value + ((left + above(at)) >> 1)
      else bytes[at] = value + paeth(left, above(at), inside ? above(at - step) : 0)
    }
  }
}
