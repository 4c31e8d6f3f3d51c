import { z } from 'zod'
import { command, defineApi, query, stream } from './define-api'
import { BitWidthHistory, Checkpoint, LogEntry, QuantizerInfo, RunDetail, RunId, RunProgress, RunResult, RunStatus, RunSummary, SeriesColumns } from './entities'
import { ConfigIssue } from './errors'
import { ComparedResult, PublishedResult } from './published'

/** Raised when frames, methods or schemas change incompatibly; peers that differ refuse each other. */
export const PROTOCOL_VERSION = 1

const Nothing = z.object({})

export const AppInfo = z.object({
  version: z.string(),
  workspace: z.string(),
  enginePid: z.int(),
  demoData: z.object({ available: z.boolean(), directory: z.string(), problem: z.string().nullable() }),
})
export type AppInfo = z.infer<typeof AppInfo>

export const DoctorCheck = z.object({ name: z.string(), ok: z.boolean(), detail: z.string(), remedy: z.string().nullable() })
export type DoctorCheck = z.infer<typeof DoctorCheck>

export const Preset = z.object({ name: z.string(), title: z.string(), description: z.string(), text: z.string(), published: PublishedResult.optional() })
export type Preset = z.infer<typeof Preset>

export const CreateRun = z.object({
  /** Configuration as JSON with comments. */
  configText: z.string().max(1_000_000),
  /** Absolute folder with the images; null takes `dataset_dir` of the configuration, or the demo data set's own folder. */
  dataDir: z.string().nullable(),
  /** Null takes `workers` of the configuration, or 1. */
  workers: z.int().min(0).max(64).nullable().default(null),
  /** Where the run's folder is made; null takes `log_dir` of the configuration, or puts it into the workspace. */
  logDir: z.string().nullable().default(null),
  name: z.string().max(120).nullable().default(null),
})
export type CreateRun = z.input<typeof CreateRun>

/** What a watcher of runs hears. After (re)connecting a client first queries, then applies events. */
export const RunEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('created'), runId: RunId, run: RunSummary }),
  z.object({ type: z.literal('status'), runId: RunId, status: RunStatus, reason: z.string().nullable() }),
  z.object({ type: z.literal('started'), runId: RunId, quantizers: z.array(QuantizerInfo), totalSteps: z.int() }),
  z.object({ type: z.literal('progress'), runId: RunId, progress: RunProgress }),
  z.object({ type: z.literal('metrics'), runId: RunId, series: z.array(SeriesColumns) }),
  z.object({ type: z.literal('widths'), runId: RunId, history: BitWidthHistory }),
  z.object({ type: z.literal('log'), runId: RunId, entries: z.array(LogEntry) }),
  z.object({ type: z.literal('checkpoint'), runId: RunId, checkpoint: Checkpoint }),
  z.object({ type: z.literal('result'), runId: RunId, result: RunResult }),
])
export type RunEvent = z.infer<typeof RunEvent>

/** Everything a client can ask of the engine, over any transport. */
export const api = defineApi({
  'app.info': query({ input: Nothing, output: AppInfo }),
  /** Checks the machine: runtime, addon, data, disk, display. Runs a short-lived probe process for TensorFlow. */
  'app.doctor': query({ input: Nothing, output: z.object({ checks: z.array(DoctorCheck) }) }),
  'configs.presets': query({ input: Nothing, output: z.object({ presets: z.array(Preset) }) }),
  /** Published results of shipped configurations beside the best of this workspace. */
  'configs.published': query({ input: Nothing, output: z.object({ results: z.array(ComparedResult) }) }),
  /** Never fails on bad text: the findings are the answer. */
  'configs.validate': query({ input: z.object({ text: z.string().max(1_000_000) }), output: z.object({ issues: z.array(ConfigIssue) }) }),
  /** Newest first; `before` is the `next` of the page before. */
  'runs.list': query({
    input: z.object({ limit: z.int().min(1).max(500).default(100), before: z.string().nullable().default(null), status: z.array(RunStatus).optional() }),
    output: z.object({ runs: z.array(RunSummary), next: z.string().nullable() }),
  }),
  'runs.get': query({ input: z.object({ runId: RunId }), output: RunDetail }),
  /** Fails with CONFIG_INVALID (and `issues`), DATA_MISSING. The run is queued and started as soon as there is room. */
  'runs.create': command({ input: CreateRun, output: z.object({ runId: RunId }) }),
  'runs.pause': command({ input: z.object({ runId: RunId }), output: Nothing }),
  /** Goes on after a pause, or starts a new trainer from the newest checkpoint of a stopped, interrupted or failed run. */
  'runs.resume': command({ input: z.object({ runId: RunId }), output: Nothing }),
  /** `after-step` writes a checkpoint first; `now` kills the trainer. */
  'runs.stop': command({ input: z.object({ runId: RunId, mode: z.enum(['after-step', 'now']) }), output: Nothing }),
  /** At most `maxPoints` points a series: buckets keep their minimum and maximum, so spikes stay. */
  'metrics.series': query({
    input: z.object({ runId: RunId, keys: z.array(z.string().max(200)).max(200), maxPoints: z.int().min(10).max(20_000).default(1000) }),
    output: z.object({ series: z.array(SeriesColumns) }),
  }),
  'widths.history': query({ input: z.object({ runId: RunId, maxPoints: z.int().min(2).max(5000).default(300) }), output: BitWidthHistory }),
  'logs.page': query({
    input: z.object({ runId: RunId, after: z.int().default(0), limit: z.int().min(1).max(2000).default(500) }),
    output: z.object({ entries: z.array(LogEntry) }),
  }),
  /** Events of one run, or of all runs (then without `metrics`, `widths` and `log`). */
  'runs.events': stream({ input: z.object({ runId: RunId.nullable().default(null) }), event: RunEvent }),
})
export type Api = typeof api
