import { basename } from 'node:path'
import type { SeriesColumns } from '../../contract/entities'
import { StudioError } from '../../contract/errors'
import { eachRecord } from './event-records'
import { type EventFiles } from './find-event-files'
import { readScalarEvent, type ScalarEvent } from './scalar-event'
import { seriesName } from './series-names'

export interface Scalars {
  readonly series: readonly SeriesColumns[]
  readonly points: number
  /** Milliseconds since 1970 of the first and the last point; null without points. */
  readonly began: number | null
  readonly ended: number | null
  /** Sentences about what could not be read. */
  readonly notices: readonly string[]
}

const MAX_POINTS = 5_000_000
const MAX_SERIES = 10_000

const records = (count: number): string => (count === 1 ? '1 record' : `${count} records`)

/** Every scalar of some event files. Of two points of a series at one step the later one counts, as after a resume. Rejects with BAD_INPUT where there are too many. */
export async function readScalars({ files }: Pick<EventFiles, 'files'>): Promise<Scalars> {
  const found = new Map<string, Map<number, number | null>>()
  const notices: string[] = []
  let [points, began, ended] = [0, Infinity, -Infinity]

  const add = ({ step, wallTime, scalars }: ScalarEvent, below: string): void => {
    if (scalars.length === 0) return
    if (!Number.isSafeInteger(step) || step < 0) throw new RangeError('it has no step')
    if (Number.isFinite(wallTime) && wallTime > 0) [began, ended] = [Math.min(began, wallTime), Math.max(ended, wallTime)]
    for (const { tag, value } of scalars) {
      const key = seriesName(tag, below)
      const series = found.get(key) ?? new Map<number, number | null>()
      found.set(key, series)
      points += series.has(step) ? 0 : 1
      series.set(step, Number.isFinite(value) ? value : null)
    }
    if (points > MAX_POINTS || found.size > MAX_SERIES)
      throw new StudioError('BAD_INPUT', `The event files hold more than ${MAX_POINTS} points or ${MAX_SERIES} series. Choose the folder of one run.`)
  }

  for (const { path, below } of files) {
    let unreadable = 0
    const { ending, damaged } = await eachRecord(path, (content) => {
      try {
        add(readScalarEvent(content), below)
      } catch (error) {
        if (!(error instanceof RangeError || error instanceof TypeError)) throw error
        unreadable++
      }
    })
    const name = basename(path)
    if (damaged > 0) notices.push(`${records(damaged)} of ${name} ${damaged === 1 ? 'is' : 'are'} damaged and left out.`)
    if (unreadable > 0) notices.push(`${records(unreadable)} of ${name} ${unreadable === 1 ? 'is' : 'are'} no event and left out.`)
    if (ending === 'damaged') notices.push(`${name} is damaged; what stands behind the damage is left out.`)
    if (ending === 'unfinished') notices.push(`${name} ends within a record, as files do that are still written or were cut off.`)
  }
  const time = (seconds: number): number | null => (Number.isFinite(seconds) ? Math.round(seconds * 1000) : null)
  return { series: [...found].map(([key, values]) => columnsOf(key, values)), points, began: time(began), ended: time(ended), notices }
}

function columnsOf(key: string, values: ReadonlyMap<number, number | null>): SeriesColumns {
  const steps = [...values.keys()].sort((a, b) => a - b)
  return { key, steps, values: steps.map((step) => values.get(step) ?? null) }
}
