import type { RunEvent } from '../../../src/contract/api'
import { LogBuffer } from './log-buffer'
import { SeriesBuffer } from './series-buffer'
import { WidthBuffer } from './width-buffer'

/** What a run has recorded, as far as the page keeps it: bounded curves, bit-widths and log lines. */
export interface RunRecord {
  readonly widths: WidthBuffer
  readonly log: LogBuffer
  /** The curve of that name; an empty one where nothing was recorded yet. */
  series(key: string): SeriesBuffer
  /** Takes points, widths and log lines out of an event; false when it carried none. */
  apply(event: RunEvent): boolean
  clear(): void
}

export function createRunRecord(): RunRecord {
  const curves = new Map<string, SeriesBuffer>()
  const widths = new WidthBuffer()
  const log = new LogBuffer()

  function series(key: string): SeriesBuffer {
    const known = curves.get(key)
    if (known !== undefined) return known
    const created = new SeriesBuffer()
    curves.set(key, created)
    return created
  }

  return {
    widths,
    log,
    series,
    apply(event) {
      if (event.type === 'metrics') for (const columns of event.series) series(columns.key).merge(columns)
      else if (event.type === 'widths') widths.merge(event.history)
      else if (event.type === 'log') log.append(event.entries)
      else return false
      return true
    },
    clear() {
      curves.clear()
      widths.clear()
      log.clear()
    },
  }
}
