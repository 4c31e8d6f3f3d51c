import type { LogEntry } from '../../../src/contract/entities'

/** The newest lines of a run's log. Lines that come twice (queried and streamed) are kept once. */
export class LogBuffer {
  private lines: LogEntry[] = []
  lastSeq = 0

  constructor(private readonly capacity = 10_000) {}

  append(entries: readonly LogEntry[]): void {
    for (const entry of entries) {
      if (entry.seq <= this.lastSeq) continue
      this.lines.push(entry)
      this.lastSeq = entry.seq
    }
    // A quarter at a time, so that a busy log isn't copied for each line.
    if (this.lines.length > this.capacity) this.lines = this.lines.slice(-Math.floor(this.capacity * 0.75))
  }

  /** A copy, safe to show. */
  entries(): readonly LogEntry[] {
    return [...this.lines]
  }

  clear(): void {
    this.lines = []
    this.lastSeq = 0
  }
}
