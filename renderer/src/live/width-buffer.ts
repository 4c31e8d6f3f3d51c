import type { BitWidthHistory } from '../../../src/contract/entities'
import { ascendingRuns } from './ascending-runs'

/** Bit-widths over time with bounded memory; thinning keeps the first and the newest column. */
export class WidthBuffer {
  private steps: number[] = []
  private widths: (readonly number[])[] = []

  constructor(private readonly capacity = 1200) {}

  get size(): number {
    return this.steps.length
  }

  get latest(): readonly number[] | null {
    return this.widths[this.widths.length - 1] ?? null
  }

  /** Columns that arrive again replace the ones in their range of steps. */
  merge(history: BitWidthHistory): void {
    for (const { from, to } of ascendingRuns(history.steps))
      this.mergeRun({ steps: history.steps.slice(from, to), widths: history.widths.slice(from, to) })
    while (this.steps.length > this.capacity) this.thin()
  }

  private mergeRun(history: BitWidthHistory): void {
    const first = history.steps[0]
    const last = history.steps[history.steps.length - 1]
    if (first === undefined || last === undefined) return
    let from = this.steps.length
    while (from > 0 && (this.steps[from - 1] ?? 0) >= first) from -= 1
    let to = from
    while (to < this.steps.length && (this.steps[to] ?? 0) <= last) to += 1
    this.steps.splice(from, to - from, ...history.steps)
    this.widths.splice(from, to - from, ...history.widths)
  }

  clear(): void {
    this.steps = []
    this.widths = []
  }

  history(): { readonly steps: readonly number[]; readonly widths: readonly (readonly number[])[] } {
    return { steps: this.steps, widths: this.widths }
  }

  private thin(): void {
    const last = this.steps.length - 1
    const keep = (_: unknown, index: number): boolean => index % 2 === 0 || index === last
    this.steps = this.steps.filter(keep)
    this.widths = this.widths.filter(keep)
  }
}
