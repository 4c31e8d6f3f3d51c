import { unreadable } from '../unreadable'
import type { Component, Frame } from './frame'
import { BitReader, type HuffmanTable } from './huffman'

export interface HuffmanTables {
  readonly dc: ReadonlyMap<number, HuffmanTable>
  readonly ac: ReadonlyMap<number, HuffmanTable>
}

/** A component as one scan codes it. */
interface ScanComponent {
  readonly component: Component
  readonly dc: HuffmanTable | undefined
  readonly ac: HuffmanTable | undefined
  /** DC value of the block before. */
  predicted: number
}

/** Which coefficients a scan brings, and which of their bits (T.81 G.1). */
interface ScanRange {
  readonly first: number
  readonly last: number
  readonly isRefinement: boolean
  /** Bits that later scans bring. */
  readonly shift: number
}

/** Decodes one scan of a sequential or progressive frame into its coefficients; returns where the next marker is. */
export function decodeScan(file: Buffer, start: number, header: Buffer, frame: Frame, tables: HuffmanTables, restartInterval: number): number {
  const count = header[0] ?? 0
  const components = Array.from({ length: count }, (_, index): ScanComponent => {
    const [id = 0, selectors = 0] = header.subarray(1 + 2 * index)
    const component = frame.components.find((candidate) => candidate.id === id)
    if (component === undefined) throw unreadable('one of its scans names an unknown component')
    return { component, dc: tables.dc.get(selectors >> 4), ac: tables.ac.get(selectors & 15), predicted: 0 }
  })
  const [first = 0, last = 63, approximation = 0] = header.subarray(1 + 2 * count)
  const range = frame.progressive
    ? { first, last: Math.min(last, 63), isRefinement: approximation >> 4 !== 0, shift: approximation & 15 }
    : { first: 0, last: 63, isRefinement: false, shift: 0 }
  const bits = new BitReader(file, start)
  const block = blockDecoder(bits, frame.progressive, range)
  const [only] = components.length === 1 ? components : []
  const columns = only ? only.component.columns : frame.groupColumns
  const groups = columns * (only ? only.component.rows : frame.groupRows)
  for (let group = 0; group < groups; group++) {
    if (restartInterval > 0 && group > 0 && group % restartInterval === 0) {
      bits.restart()
      block.restart()
      for (const each of components) each.predicted = 0
    }
    const [row, column] = [Math.floor(group / columns), group % columns]
    if (only) block.decode(only, row, column)
    else
      for (const each of components) {
        const { horizontal, vertical } = each.component
        for (let y = 0; y < vertical; y++) for (let x = 0; x < horizontal; x++) block.decode(each, row * vertical + y, column * horizontal + x)
      }
    if (bits.overrun && bits.at >= file.length) throw unreadable('it ends in the middle of its data')
  }
  return bits.at
}

function blockDecoder(bits: BitReader, progressive: boolean, { first, last, isRefinement, shift }: ScanRange) {
  /** Blocks that still follow without new coefficients in this range. */
  let emptyBlocks = 0
  const missing = (): never => {
    throw unreadable('one of its Huffman tables is missing')
  }

  const dcDifference = (scan: ScanComponent): number => {
    scan.predicted += bits.signed(bits.symbol(scan.dc ?? missing()))
    return scan.predicted
  }

  const spectrum = (scan: ScanComponent, values: Int16Array, at: number, from: number): void => {
    const table = scan.ac ?? missing()
    if (emptyBlocks > 0) return void emptyBlocks--
    for (let index = from; index <= last; index++) {
      const symbol = bits.symbol(table)
      const [run, size] = [symbol >> 4, symbol & 15]
      if (size === 0 && run < 15) {
        emptyBlocks = progressive ? (1 << run) + bits.read(run) - 1 : 0
        return
      }
      index += run
      if (size > 0 && index <= 63) values[at + index] = bits.signed(size) * (1 << shift)
    }
  }

  /** One more bit of coefficients that are known, and new ones of size 1 between them (T.81 G.1.2.3). */
  const refineSpectrum = (scan: ScanComponent, values: Int16Array, at: number): void => {
    const table = scan.ac ?? missing()
    const step = 1 << shift
    const refine = (place: number): void => {
      const value = values[place] ?? 0
      if (bits.bit() === 1 && (Math.abs(value) & step) === 0) values[place] = value + (value > 0 ? step : -step)
    }
    let index = first
    while (emptyBlocks === 0 && index <= last) {
      const symbol = bits.symbol(table)
      let run = symbol >> 4
      const size = symbol & 15
      if (size === 0 && run < 15) {
        emptyBlocks = (1 << run) + bits.read(run)
        break
      }
      const fresh = size === 0 ? 0 : bits.bit() === 1 ? step : -step
      for (; index <= last; index++) {
        if ((values[at + index] ?? 0) !== 0) refine(at + index)
        else if (run-- === 0) {
          if (fresh !== 0) values[at + index] = fresh
          index++
          break
        }
      }
    }
    if (emptyBlocks === 0) return
    for (; index <= last; index++) if ((values[at + index] ?? 0) !== 0) refine(at + index)
    emptyBlocks--
  }

  return {
    restart: (): void => void (emptyBlocks = 0),

    decode(scan: ScanComponent, row: number, column: number): void {
      const { coefficients: values, storedColumns } = scan.component
      const at = (row * storedColumns + column) * 64
      if (!progressive) {
        values[at] = dcDifference(scan)
        spectrum(scan, values, at, 1)
      } else if (first === 0) {
        if (!isRefinement) values[at] = dcDifference(scan) * (1 << shift)
        else if (bits.bit() === 1) values[at] = (values[at] ?? 0) | (1 << shift)
      } else if (isRefinement) refineSpectrum(scan, values, at)
      else spectrum(scan, values, at, first)
    },
  }
}
