import type { RunEvent } from '../contract/api'
import type { BitWidthHistory, Checkpoint, SeriesColumns } from '../contract/entities'
import type { WidthGradients } from '../contract/width-gradients'
import type { NewLogEntry } from '../store/repositories/logs'
import type { RunPatch } from '../store/repositories/runs'
import type { Store } from '../store/store'
import type { EventHub } from './event-hub'

type NewCheckpoint = Omit<Checkpoint, 'id' | 'runId'>

interface Batch {
  /** What is stored of later steps is taken back first. */
  keepUpTo: number | null
  series: SeriesColumns[]
  history: BitWidthHistory
  gradients: WidthGradients[]
  logs: NewLogEntry[]
  checkpoints: NewCheckpoint[]
  patch: RunPatch
  events: RunEvent[]
}

const emptyBatch = (): Batch => ({ keepUpTo: null, series: [], history: { steps: [], widths: [] }, gradients: [], logs: [], checkpoints: [], patch: {}, events: [] })

/** The batch without what was reported behind a step. */
function upTo(step: number, batch: Batch): Batch {
  const { series, history, checkpoints } = batch
  const kept = <T>(steps: readonly number[], values: readonly T[]): T[] => values.filter((_, index) => (steps[index] ?? 0) <= step)
  return {
    ...batch,
    keepUpTo: Math.min(batch.keepUpTo ?? step, step),
    series: series.map(({ key, steps, values }) => ({ key, steps: kept(steps, steps), values: kept(steps, values) })),
    history: { steps: kept(history.steps, history.steps), widths: kept(history.steps, history.widths) },
    gradients: batch.gradients.filter(({ to }) => to <= step),
    checkpoints: checkpoints.filter((checkpoint) => checkpoint.step <= step),
  }
}

const join = (before: Batch, second: Batch): Batch => joined(second.keepUpTo === null ? before : upTo(second.keepUpTo, before), second)

const joined = (first: Batch, second: Batch): Batch => ({
  keepUpTo: first.keepUpTo,
  series: [...first.series, ...second.series],
  history: { steps: [...first.history.steps, ...second.history.steps], widths: [...first.history.widths, ...second.history.widths] },
  gradients: [...first.gradients, ...second.gradients],
  logs: [...first.logs, ...second.logs],
  checkpoints: [...first.checkpoints, ...second.checkpoints],
  patch: { ...first.patch, ...second.patch },
  events: [...first.events, ...second.events],
})

/** One entry per key, in the order the points came. */
function byKey(series: readonly SeriesColumns[]): SeriesColumns[] {
  const joined = new Map<string, SeriesColumns>()
  for (const { key, steps, values } of series) {
    const known = joined.get(key)
    if (known === undefined) joined.set(key, { key, steps: [...steps], values: [...values] })
    else {
      known.steps.push(...steps)
      known.values.push(...values)
    }
  }
  return [...joined.values()]
}

const FLUSH_AFTER_MS = 40

export interface RunRecorder {
  metrics(series: readonly SeriesColumns[]): void
  widths(history: BitWidthHistory): void
  widthGradients(rows: readonly WidthGradients[]): void
  log(entry: NewLogEntry): void
  checkpoint(checkpoint: NewCheckpoint): void
  patch(patch: RunPatch): void
  /** Takes back points, widths and checkpoints of later steps: they are computed again. -1 takes back all. */
  takeBack(step: number): void
  /** Published once everything before it is stored. */
  event(event: RunEvent): void
  /** Published at once, for what can't wait until it is stored. Events of its type that still wait say what was before: they are left out. */
  eventAhead(event: RunEvent): void
  /** Stores what is there. When that fails nothing is lost: it is tried again with the next flush. */
  flush(): Promise<void>
  /** No more flushes by the clock. */
  stop(): void
}

/** Gathers what a run reports, stores what came within 40 ms in one transaction, then publishes it. `onFailed` hears when a flush by the clock failed. */
export function createRunRecorder(runId: string, store: Store, hub: EventHub, onFailed: (error: unknown) => void): RunRecorder {
  let batch = emptyBatch()
  let beingStored = emptyBatch()
  const overtaken = new WeakSet<RunEvent>()
  let timer: NodeJS.Timeout | null = null
  let last: Promise<void> = Promise.resolve()

  const write = async (): Promise<void> => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    const taken = batch
    beingStored = taken
    batch = emptyBatch()
    const series = byKey(taken.series)
    try {
      const stored = await store.transaction(async (transaction) => {
        if (taken.keepUpTo !== null) {
          await store.metrics.deleteAfter(transaction, runId, taken.keepUpTo)
          await store.widths.deleteAfter(transaction, runId, taken.keepUpTo)
          await store.widthGradients.deleteAfter(transaction, runId, taken.keepUpTo)
          await store.checkpoints.deleteAfter(transaction, runId, taken.keepUpTo)
        }
        await store.metrics.append(transaction, runId, series)
        await store.widths.append(transaction, runId, taken.history)
        await store.widthGradients.append(transaction, runId, taken.gradients)
        const entries = await store.logs.append(transaction, runId, taken.logs)
        const checkpoints: Checkpoint[] = []
        for (const checkpoint of taken.checkpoints) checkpoints.push(await store.checkpoints.insert(transaction, { runId, ...checkpoint }))
        await store.runs.update(transaction, runId, taken.patch)
        return { entries, checkpoints }
      })
      publish(taken, series, stored)
    } catch (error) {
      batch = join(taken, batch)
      throw error
    }
  }

  /** A reader learns that a run has (re)started before it hears of its points. */
  const publish = (
    taken: Batch,
    series: SeriesColumns[],
    { entries, checkpoints }: { entries: Awaited<ReturnType<Store['logs']['append']>>; checkpoints: Checkpoint[] },
  ): void => {
    const events = taken.events.filter((event) => !overtaken.has(event))
    const started = events.findLastIndex(({ type }) => type === 'started') + 1
    for (const event of events.slice(0, started)) hub.publish(event)
    if (entries.length > 0) hub.publish({ type: 'log', runId, entries })
    if (series.length > 0) hub.publish({ type: 'metrics', runId, series })
    if (taken.history.steps.length > 0) hub.publish({ type: 'widths', runId, history: taken.history })
    for (const checkpoint of checkpoints) hub.publish({ type: 'checkpoint', runId, checkpoint })
    for (const event of events.slice(started)) hub.publish(event)
  }

  const flush = (): Promise<void> => {
    const turn = last.then(write, write)
    last = turn.catch(() => undefined)
    return turn
  }
  const soon = (): void => {
    timer ??= setTimeout(() => void flush().catch(onFailed), FLUSH_AFTER_MS)
  }
  const adding =
    <T>(add: (value: T) => void) =>
    (value: T): void => {
      add(value)
      soon()
    }
  return {
    metrics: adding((series) => batch.series.push(...series)),
    widths: adding(({ steps, widths }) => {
      batch.history.steps.push(...steps)
      batch.history.widths.push(...widths)
    }),
    widthGradients: adding((rows) => batch.gradients.push(...rows)),
    log: adding((entry) => batch.logs.push(entry)),
    checkpoint: adding((checkpoint) => batch.checkpoints.push(checkpoint)),
    takeBack: adding((step) => void (batch = upTo(step, batch))),
    patch: adding((patch) => Object.assign(batch.patch, patch)),
    event: adding((event) => batch.events.push(event)),
    eventAhead(event) {
      for (const waiting of [...beingStored.events, ...batch.events]) if (waiting.type === event.type) overtaken.add(waiting)
      hub.publish(event)
    },
    flush,
    stop() {
      if (timer !== null) clearTimeout(timer)
      timer = null
    },
  }
}
