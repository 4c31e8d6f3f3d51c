import { z } from 'zod'
import { BaselineRole, Baselines } from './baselines'
import { bundleMethods } from './bundles'
import { ComparedIds, ComparedWork, Comparison } from './comparison'
import { ConfigDetail, ConfigId, ConfigPreview, ConfigSummary, ConfigText } from './configurations'
import { datasetMethods } from './datasets'
import { command, defineApi, query, stream } from './define-api'
import {
  BitWidthHistory,
  Checkpoint,
  LogEntry,
  QuantizerInfo,
  ResultRow,
  RunDetail,
  RunId,
  RunProgress,
  RunResult,
  RunStatus,
  RunSummary,
  SeriesColumns,
} from './entities'
import { SlurmJob, SlurmOffer } from './slurm'
import { RunConfusion } from './confusion'
import { ConfigIssue } from './errors'
import { ComparedResult, PublishedResult } from './published'
import { WhatIfEvaluation, WhatIfFacts } from './what-if'
import { ExportFormat, ExportRecord, Verification } from './exports'
import { runtimeMethods } from './runtimes'
import { WeightHistogram } from './weight-histogram'
import { WidthGradients } from './width-gradients'
import {
  AnnotationChange,
  RunAnnotations,
  RunCell,
  RunField,
  RunGroup,
  RunGroupQuery,
  RunIds,
  RunShelf,
  RunSort,
  RunTablePage,
  RunTableQuery,
  SavedView,
} from './run-table'

/** Raised when frames, methods or schemas change incompatibly; peers that differ refuse each other. */
export const PROTOCOL_VERSION = 1

const Nothing = z.object({})
const ChosenWidths = z.array(z.int().min(2).max(16)).min(1).max(10_000)

export const AppInfo = z.object({
  version: z.string(),
  workspace: z.string(),
  enginePid: z.int(),
  /** Streams of events that pages, commands and the engine itself have open. */
  subscriptions: z.int(),
  demoData: z.object({ available: z.boolean(), directory: z.string(), problem: z.string().nullable() }),
  /** What the person should know about the opening of the workspace, such as a damaged database that was replaced by its copy. */
  notice: z.string().nullable().optional(),
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
  /** The configuration that the text was taken from, so that it can say where it was used. */
  configId: ConfigId.nullable().default(null),
  /** On this machine, or as a job of the Slurm cluster with the resources of the configuration's section `slurm`. */
  on: z.enum(['here', 'slurm']).default('here'),
})
export type CreateRun = z.input<typeof CreateRun>

/** What a watcher of runs hears. After (re)connecting a client first queries, then applies events. */
export const RunEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('created'), runId: RunId, run: RunSummary }),
  z.object({ type: z.literal('status'), runId: RunId, status: RunStatus, reason: z.string().nullable() }),
  /** What Slurm says of its job has changed. */
  z.object({ type: z.literal('job'), runId: RunId, job: SlurmJob }),
  z.object({ type: z.literal('started'), runId: RunId, quantizers: z.array(QuantizerInfo), totalSteps: z.int() }),
  z.object({ type: z.literal('progress'), runId: RunId, progress: RunProgress }),
  z.object({ type: z.literal('metrics'), runId: RunId, series: z.array(SeriesColumns) }),
  z.object({ type: z.literal('widths'), runId: RunId, history: BitWidthHistory }),
  z.object({ type: z.literal('log'), runId: RunId, entries: z.array(LogEntry) }),
  z.object({ type: z.literal('checkpoint'), runId: RunId, checkpoint: Checkpoint }),
  z.object({ type: z.literal('result'), runId: RunId, result: RunResult }),
  /** Its name, notes, tags, or where it is kept; `gone` when it was deleted for good. */
  z.object({ type: z.literal('annotated'), runId: RunId, gone: z.boolean() }),
])
export type RunEvent = z.infer<typeof RunEvent>

/** Everything a client can ask of the engine, over any transport. */
export const api = defineApi({
  'app.info': query({ input: Nothing, output: AppInfo }),
  /** Checks the machine: runtime, addon, data, disk, display. Runs a short-lived probe process for TensorFlow. */
  'app.doctor': query({ input: Nothing, output: z.object({ checks: z.array(DoctorCheck) }) }),
  /** Whether jobs can be submitted to a Slurm cluster from here, and what it offers. Asks the cluster. */
  'app.slurm': query({ input: Nothing, output: SlurmOffer }),
  'configs.presets': query({ input: Nothing, output: z.object({ presets: z.array(Preset) }) }),
  /** Published results of shipped configurations beside the best of this workspace. */
  'configs.published': query({ input: Nothing, output: z.object({ results: z.array(ComparedResult) }) }),
  /** Never fails on bad text: the findings are the answer. */
  'configs.validate': query({ input: z.object({ text: z.string().max(1_000_000) }), output: z.object({ issues: z.array(ConfigIssue) }) }),
  /** Presets, own configurations (newest first), then those of past runs (newest first, at most 200). */
  'configs.list': query({ input: Nothing, output: z.object({ configs: z.array(ConfigSummary) }) }),
  'configs.get': query({ input: z.object({ id: ConfigId }), output: ConfigDetail }),
  /** Adds one of the person's own, with this text as its first version. The text may be faulty. */
  'configs.create': command({ input: z.object({ name: z.string().trim().min(1).max(120), text: ConfigText }), output: z.object({ id: ConfigId }) }),
  /** Makes a new version (none where the text is the saved one) and drops the draft. */
  'configs.save': command({ input: z.object({ id: ConfigId, text: ConfigText }), output: z.object({ version: z.int() }) }),
  'configs.rename': command({ input: z.object({ id: ConfigId, name: z.string().trim().min(1).max(120) }), output: Nothing }),
  /** Takes it off the list; `configs.restore` brings it back. */
  'configs.remove': command({ input: z.object({ id: ConfigId }), output: Nothing }),
  'configs.restore': command({ input: z.object({ id: ConfigId }), output: Nothing }),
  /** The network that a text describes, and what it would cost. Never fails on bad text. */
  'configs.preview': query({ input: z.object({ text: ConfigText }), output: ConfigPreview }),
  /** Unsaved text under a name of the client's choice, such as a configuration's id; null forgets it. */
  'drafts.put': command({ input: z.object({ key: z.string().min(1).max(200), text: ConfigText.nullable() }), output: Nothing }),
  'drafts.get': query({ input: z.object({ key: z.string().min(1).max(200) }), output: z.object({ text: z.string().nullable() }) }),
  /** Newest first; `before` is the `next` of the page before. */
  'runs.list': query({
    input: z.object({
      limit: z.int().min(1).max(500).default(100),
      before: z.string().nullable().default(null),
      status: z.array(RunStatus).optional(),
    }),
    output: z.object({ runs: z.array(RunSummary), next: z.string().nullable() }),
  }),
  'runs.get': query({ input: z.object({ runId: RunId }), output: RunDetail }),
  /** Fails with CONFIG_INVALID (and `issues`), DATA_MISSING. The run is queued and started as soon as there is room. */
  /**
   * How often a model of a run took images of one class for another; null asks for its mixed-precision model, else its last. Fails with NOT_FOUND
   * where its answers, or the true classes in them, were not kept, and with DATA_CORRUPT.
   */
  'runs.confusion': query({ input: z.object({ runId: RunId, kind: ResultRow.shape.kind.nullable().default(null) }), output: RunConfusion }),
  'runs.create': command({ input: CreateRun, output: z.object({ runId: RunId }) }),
  'runs.pause': command({ input: z.object({ runId: RunId }), output: Nothing }),
  /** Goes on after a pause, or starts a new trainer from the newest checkpoint of a stopped, interrupted or failed run. */
  'runs.resume': command({
    input: z.object({
      runId: RunId,
      /** Goes back to this checkpoint first; what was recorded behind it is taken back. Not while the run is alive. */
      checkpointId: z.int().nullable().default(null),
    }),
    output: Nothing,
  }),
  /** A new run that begins with a checkpoint of another one, with the same configuration and the curves until there. */
  'runs.branch': command({
    input: z.object({ runId: RunId, checkpointId: z.int(), name: z.string().max(120).nullable().default(null) }),
    output: z.object({ runId: RunId }),
  }),
  /** Queues runs with the configuration of one and other seeds; together they are one group. */
  'runs.repeat': command({ input: z.object({ runId: RunId, count: z.int().min(1).max(50) }), output: z.object({ runIds: z.array(RunId), group: z.string() }) }),
  /** How the weights of the newest checkpoint lie on the grids of their quantizers, layer by layer. Fails with CONFLICT before there is one. */
  'runs.weights': query({ input: z.object({ runId: RunId }), output: z.object({ layers: z.array(WeightHistogram) }) }),
  /** Runs that a mixed-precision run is judged by, and whether it pays. */
  'runs.baselines': query({ input: z.object({ runId: RunId }), output: Baselines }),
  /** Queues a run at uniform precision for each role that has none yet, from the same FP32 weights. Fails with CONFLICT before the run has a mixed-precision result. */
  'runs.addBaselines': command({ input: z.object({ runId: RunId, roles: z.array(BaselineRole).min(1).max(2) }), output: z.object({ runIds: z.array(RunId) }) }),
  /** What size, work and harm of other widths are computed from. Fails with CONFLICT where the run has no integer widths yet. */
  'whatIf.facts': query({ input: z.object({ runId: RunId }), output: WhatIfFacts }),
  /** Evaluates a run's newest checkpoint with other integer widths, one a quantizer, on all validation images. */
  'whatIf.evaluate': command({ input: z.object({ runId: RunId, widths: ChosenWidths }), output: WhatIfEvaluation }),
  /** A new run that begins with the weights of this one and trains them at these widths. */
  'whatIf.fineTune': command({ input: z.object({ runId: RunId, widths: ChosenWidths, epochs: z.int().min(1).max(10_000) }), output: z.object({ runId: RunId }) }),
  /** `after-step` writes a checkpoint first; `now` kills the trainer. */
  'runs.stop': command({ input: z.object({ runId: RunId, mode: z.enum(['after-step', 'now']) }), output: Nothing }),
  /** Queued runs in the order in which they will start. */
  'queue.get': query({
    input: Nothing,
    output: z.object({
      paused: z.boolean(),
      /** How many may train at a time. */
      atOnce: z.int(),
      /** Why the next one does not start beside those that train; null where only its turn is missing. */
      waitsFor: z.string().nullable(),
      running: z.array(RunSummary),
      waiting: z.array(RunSummary),
    }),
  }),
  /** Lets so many runs train at a time, as far as their memory is known and suffices. */
  'queue.setAtOnce': command({ input: z.object({ atOnce: z.int().min(1).max(16) }), output: Nothing }),
  /** Puts a waiting run at a place, 0 being the next. */
  'queue.move': command({ input: z.object({ runId: RunId, place: z.int().min(0) }), output: Nothing }),
  /** While the queue is paused nothing new starts; it stays so over a restart. */
  'queue.pause': command({ input: z.object({ paused: z.boolean() }), output: Nothing }),
  /** The table of runs: filtered, sorted and cut into pages. Fails with BAD_INPUT where the filter can't be read. */
  'runs.table': query({ input: RunTableQuery, output: RunTablePage }),
  'runs.ids': query({
    input: z.object({ filter: z.string().max(4000).default(''), shelf: RunShelf.default('active'), sort: z.array(RunSort).max(3).default([]) }),
    output: z.object({ runIds: z.array(RunId) }),
  }),
  /** Mean and standard deviation of columns over the runs that share a value. */
  'runs.groups': query({ input: RunGroupQuery, output: z.object({ groups: z.array(RunGroup) }) }),
  'runs.fields': query({ input: Nothing, output: z.object({ fields: z.array(RunField) }) }),
  'runs.values': query({
    input: z.object({ key: z.string().max(250), containing: z.string().max(200).default(''), limit: z.int().min(1).max(100).default(20) }),
    output: z.object({ values: z.array(RunCell) }),
  }),
  'runs.annotations': query({ input: z.object({ runId: RunId }), output: RunAnnotations }),
  /** The same change to all of the runs. A run that is alive can't be archived or put into the bin (CONFLICT). */
  'runs.annotate': command({ input: z.object({ runIds: RunIds, change: AnnotationChange }), output: z.object({ changed: z.int() }) }),
  /** Bytes on disk of the runs' folders. */
  'runs.sizes': query({ input: z.object({ runIds: RunIds }), output: z.object({ bytes: z.number() }) }),
  /** Deletes runs of the bin for good, with their folders. */
  'runs.deleteForGood': command({ input: z.object({ runIds: RunIds }), output: z.object({ deleted: z.int() }) }),
  /** Two to fifty runs side by side. */
  'compare.overview': query({ input: z.object({ runIds: ComparedIds }), output: Comparison }),
  /** What an image costs the models of several runs; runs that are gone are left out. */
  'compare.work': query({ input: z.object({ runIds: ComparedIds }), output: z.object({ runs: z.array(ComparedWork) }) }),
  /** Curves of several runs; a run without the series is left out. */
  'compare.series': query({
    input: z.object({ runIds: ComparedIds, keys: z.array(z.string().max(200)).min(1).max(20), maxPoints: z.int().min(10).max(5000).default(500) }),
    output: z.object({ curves: z.array(SeriesColumns.extend({ runId: RunId })) }),
  }),
  'views.list': query({ input: z.object({ kind: SavedView.shape.kind }), output: z.object({ views: z.array(SavedView) }) }),
  'views.save': command({
    input: z.object({ kind: SavedView.shape.kind, name: z.string().trim().min(1).max(80), state: z.unknown() }),
    output: z.object({ id: z.int() }),
  }),
  'views.remove': command({ input: z.object({ id: z.int() }), output: Nothing }),
  /** At most `maxPoints` points a series: buckets keep their minimum and maximum, so spikes stay. */
  'metrics.series': query({
    input: z.object({
      runId: RunId,
      keys: z.array(z.string().max(200)).max(200),
      maxPoints: z.int().min(10).max(20_000).default(1000),
      /** Only between two steps, both included; buckets are as much finer. */
      range: z.object({ from: z.number(), to: z.number() }).nullable().default(null),
    }),
    output: z.object({ series: z.array(SeriesColumns) }),
  }),
  /** Names of the series a run has. */
  'metrics.keys': query({ input: z.object({ runId: RunId }), output: z.object({ keys: z.array(z.string()) }) }),
  'widths.history': query({ input: z.object({ runId: RunId, maxPoints: z.int().min(2).max(5000).default(300) }), output: BitWidthHistory }),
  /** What pulled at the widths around a step; null where nothing was recorded, as after the freeze. */
  'widths.gradients': query({ input: z.object({ runId: RunId, step: z.int().min(0) }), output: z.object({ gradients: WidthGradients.nullable() }) }),
  'logs.page': query({
    input: z.object({ runId: RunId, after: z.int().default(0), limit: z.int().min(1).max(2000).default(500) }),
    output: z.object({ entries: z.array(LogEntry) }),
  }),
  /** Writes the integer model of a run's newest checkpoint to a file and checks it. `file` is absolute; null puts it into the run's folder. */
  'exports.create': command({ input: z.object({ runId: RunId, format: ExportFormat, file: z.string().max(4096).nullable().default(null) }), output: ExportRecord }),
  'exports.list': query({ input: z.object({ runId: RunId }), output: z.object({ exports: z.array(ExportRecord) }) }),
  /** Checks an exported file anywhere; `dataDir` null takes the images that its run used. */
  'exports.verify': command({ input: z.object({ file: z.string().max(4096), dataDir: z.string().max(4096).nullable().default(null) }), output: Verification }),
  /** One self-contained HTML page about a run. */
  'exports.report': query({ input: z.object({ runId: RunId }), output: z.object({ html: z.string() }) }),
  /** Events of one run, or of all runs (then without `metrics`, `widths` and `log`). */
  'runs.events': stream({ input: z.object({ runId: RunId.nullable().default(null) }), event: RunEvent }),
  ...bundleMethods,
  ...datasetMethods,
  ...runtimeMethods,
})
export type Api = typeof api
