import { onScopeDispose, shallowRef, toValue, watch, type MaybeRefOrGetter, type ShallowRef } from 'vue'
import type { RunEvent } from '../../../src/contract/api'
import type { EngineClient } from '../../../src/contract/engine-client'
import type { LogEntry, RunDetail, RunProgress } from '../../../src/contract/entities'
import { StudioError, toErrorShape } from '../../../src/contract/errors'
import { METRIC_KEYS } from '../../../src/contract/metrics'
import { useStream } from '../engine/use-stream'
import { createFrameBatch } from '../live/frame-batch'
import { createRunRecord, type RunRecord } from '../live/run-record'

export interface LiveRun {
  readonly detail: Readonly<ShallowRef<RunDetail | null>>
  readonly progress: Readonly<ShallowRef<RunProgress | null>>
  readonly error: Readonly<ShallowRef<StudioError | null>>
  readonly log: Readonly<ShallowRef<readonly LogEntry[]>>
  /** Curves and bit-widths; they change in place, `version` says when. */
  readonly record: RunRecord
  readonly version: Readonly<ShallowRef<number>>
  readonly loaded: Readonly<ShallowRef<boolean>>
  /** Counts changes of what people add to the run. */
  readonly annotated: Readonly<ShallowRef<number>>
  /** Reads what is no part of the events again: name, checkpoints. */
  refresh(): Promise<void>
}

const POINTS = 2000
const WIDTH_COLUMNS = 600
const LOG_PAGE = 2000
const REPAINT_EVERY_MS = 50

/**
 * Everything about one run, live. On every (re)connection the subscription opens first, then what is recorded is queried, then the
 * events that came in meanwhile are applied: nothing is missed, and points that both carry are merged by step.
 */
export function useLiveRun(runId: MaybeRefOrGetter<string>): LiveRun {
  const record = createRunRecord()
  const detail = shallowRef<RunDetail | null>(null)
  const progress = shallowRef<RunProgress | null>(null)
  const error = shallowRef<StudioError | null>(null)
  const log = shallowRef<readonly LogEntry[]>([])
  const version = shallowRef(0)
  const loaded = shallowRef(false)
  const annotated = shallowRef(0)
  let early: RunEvent[] | null = []

  const frames = createFrameBatch(() => {
    log.value = record.log.entries()
    version.value += 1
  }, REPAINT_EVERY_MS)

  watch(
    () => toValue(runId),
    () => {
      record.clear()
      detail.value = null
      progress.value = null
      error.value = null
      loaded.value = false
      frames.schedule()
    },
  )

  function apply(event: RunEvent): void {
    if (record.apply(event)) frames.schedule()
    const known = detail.value
    if (event.type === 'annotated') annotated.value += 1
    if (event.type === 'progress') progress.value = event.progress
    if (known === null) return
    if (event.type === 'progress')
      detail.value = { ...known, phase: event.progress.phase, step: event.progress.step, totalSteps: event.progress.totalSteps }
    else if (event.type === 'started') detail.value = { ...known, quantizers: event.quantizers, totalSteps: event.totalSteps }
    else if (event.type === 'status') detail.value = { ...known, status: event.status, statusReason: event.reason }
    else if (event.type === 'job') detail.value = { ...known, slurm: event.job }
    else if (event.type === 'result') detail.value = { ...known, result: event.result }
    else if (event.type === 'checkpoint')
      detail.value = { ...known, checkpoints: [...known.checkpoints.filter((one) => one.id !== event.checkpoint.id), event.checkpoint] }
  }

  async function load(client: EngineClient, signal: AbortSignal): Promise<void> {
    early = []
    const id = toValue(runId)
    try {
      const [run, metrics, widths] = await Promise.all([
        client.call('runs.get', { runId: id }, { signal }),
        client.call('metrics.series', { runId: id, keys: [...METRIC_KEYS], maxPoints: POINTS }, { signal }),
        client.call('widths.history', { runId: id, maxPoints: WIDTH_COLUMNS }, { signal }),
        loadLog(client, id, signal),
      ])
      if (signal.aborted) return
      detail.value = run
      progress.value = run.progress ?? progress.value
      record.apply({ type: 'metrics', runId: id, series: metrics.series })
      record.apply({ type: 'widths', runId: id, history: widths })
      error.value = null
    } catch (cause) {
      if (signal.aborted) return
      const shape = toErrorShape(cause)
      if (shape.code !== 'ENGINE_GONE') error.value = new StudioError(shape.code, shape.message)
    }
    const waiting = early
    early = null
    for (const event of waiting) apply(event)
    loaded.value = true
    frames.schedule()
  }

  async function loadLog(client: EngineClient, id: string, signal: AbortSignal): Promise<void> {
    for (;;) {
      const { entries } = await client.call('logs.page', { runId: id, after: record.log.lastSeq, limit: LOG_PAGE }, { signal })
      record.log.append(entries)
      if (entries.length < LOG_PAGE || signal.aborted) return
    }
  }

  /** Times, folder and environment are not part of the events; they are read again where they change. */
  async function reread(client: EngineClient, signal: AbortSignal): Promise<void> {
    try {
      const run = await client.call('runs.get', { runId: toValue(runId) }, { signal })
      if (!signal.aborted) detail.value = run
    } catch (cause) {
      if (!signal.aborted && toErrorShape(cause).code !== 'ENGINE_GONE') console.warn('The run could not be read again', cause)
    }
  }

  let current: { client: EngineClient; signal: AbortSignal } | null = null
  useStream('runs.events', () => ({ runId: toValue(runId) }), {
    onOpen(client, signal) {
      current = { client, signal }
      void load(client, signal)
    },
    onEvent(event) {
      if (early !== null) {
        early.push(event)
        return
      }
      apply(event)
      if ((event.type === 'status' || event.type === 'started' || event.type === 'annotated') && current !== null) void reread(current.client, current.signal)
    },
  })
  onScopeDispose(() => frames.stop())

  const refresh = async (): Promise<void> => {
    if (current !== null) await reread(current.client, current.signal)
  }
  return { detail, progress, error, log, record, version, loaded, annotated, refresh }
}
