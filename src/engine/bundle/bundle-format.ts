import { z } from 'zod'
import { BundledComparison, MOST_BUNDLED } from '../../contract/bundles'
import { Checkpoint, LogEntry, QuantizerInfo, ResultRow, RunEnvironment, RunId, RunPhase, RunResult, type RunStatus } from '../../contract/entities'
import { predictionsFileName } from '../../contract/predictions'
import { WidthGradients } from '../../contract/width-gradients'

/** Raised when an older program could not read what is written. */
export const BUNDLE_VERSION = 2
export const BUNDLE_FORMAT = 'fracbits-bundle'
export const MANIFEST = 'manifest.json'

/** A run is taken along when nothing is added to it any more. */
export const ENDED = ['stopped', 'interrupted', 'failed', 'finished'] as const satisfies readonly RunStatus[]

const MB = 1_000_000
/** Points, rows and entries that stand in one line, so that no line grows large. */
export const LINE_ITEMS = { metrics: 5_000, widths: 100, gradients: 50, log: 200 } as const
export const MAX_LINE_BYTES = 16 * MB

/** Every kind of file of a run: its name below the run's folder, and how large it may be when it is unpacked. Checkpoints are only ever stored. */
const KINDS = {
  'run.json': 16 * MB,
  'config.json': 4 * MB,
  'metrics.jsonl': 2_000 * MB,
  'widths.jsonl': 2_000 * MB,
  'gradients.jsonl': 2_000 * MB,
  'log.jsonl': 500 * MB,
  'excluded-images.json': 200 * MB,
} as const
const PREDICTIONS_BYTES = 500 * MB
export const MANIFEST_BYTES = 16 * MB
/** Of all files of a bundle that are packed; what is stored cannot be larger than the bundle. */
export const MAX_UNPACKED_BYTES = 8_000 * MB
export const MAX_ENTRIES = 100_000

const CHECKPOINT = /^checkpoints\/[\w-][\w.-]{0,120}$/
const PREDICTIONS: readonly string[] = ResultRow.shape.kind.options.map(predictionsFileName)

export interface EntryKind {
  /** Of the run that it belongs to. */
  readonly runId: string
  /** Below the run's folder. */
  readonly path: string
  readonly maxBytes: number
  readonly stored: boolean
}

/** What a name of a bundle's file means; null where a bundle has no such file. */
export function entryKind(name: string): EntryKind | null {
  const [, runId, path] = /^runs\/([0-9a-z]{8,32})\/([\w./-]+)$/.exec(name) ?? []
  if (runId === undefined || path === undefined) return null
  if (CHECKPOINT.test(path)) return { runId, path, maxBytes: Number.MAX_SAFE_INTEGER, stored: true }
  if (PREDICTIONS.includes(path)) return { runId, path, maxBytes: PREDICTIONS_BYTES, stored: false }
  return Object.hasOwn(KINDS, path) ? { runId, path, maxBytes: KINDS[path as keyof typeof KINDS], stored: false } : null
}

export const entryName = (runId: string, path: string): string => `runs/${runId}/${path}`

/** What a run leaves in its folder beside configuration and checkpoints, as far as a bundle takes it along. */
export const KEPT_FILES: readonly string[] = [...PREDICTIONS, 'excluded-images.json']

const FileFact = z.object({ name: z.string().max(300), size: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) })
export type FileFact = z.infer<typeof FileFact>

export const Manifest = z.object({
  format: z.literal(BUNDLE_FORMAT),
  version: z.int(),
  appVersion: z.string().max(100),
  createdAt: z.int(),
  runs: z
    .array(z.object({ id: RunId, name: z.string().max(1000) }))
    .min(1)
    .max(MOST_BUNDLED),
  comparison: BundledComparison.nullable(),
  files: z.array(FileFact).max(MAX_ENTRIES),
})
export type Manifest = z.infer<typeof Manifest>

/** `run.json`. Where images and folder were is only told: neither is looked at on another machine. */
export const BundledRun = z.object({
  id: RunId,
  name: z.string().max(1000),
  model: z.string().max(200),
  dataset: z.string().max(200),
  status: z.enum(ENDED),
  statusReason: z.string().nullable(),
  phase: RunPhase,
  step: z.int().min(0),
  totalSteps: z.int().min(0),
  createdAt: z.int(),
  startedAt: z.int().nullable(),
  endedAt: z.int().nullable(),
  targetRate: z.number().nullable(),
  result: RunResult.nullable(),
  config: z.unknown(),
  workers: z.int().min(0).max(64),
  quantizers: z.array(QuantizerInfo),
  environment: RunEnvironment.nullable(),
  dataDir: z.string(),
  notes: z.string().max(100_000),
  tags: z.array(z.string().min(1).max(60)).max(1000),
  starred: z.boolean(),
  parent: z.object({ runId: RunId, step: z.int() }).nullable(),
  repeats: z.string().max(1000).nullable(),
  frozenStep: z.int().nullable(),
  checkpoints: z.array(Checkpoint.omit({ id: true, runId: true })),
})
export type BundledRun = z.infer<typeof BundledRun>

const Step = z.number().min(0)
const sameLength = ({ steps, values }: { steps: readonly unknown[]; values: readonly unknown[] }): boolean => steps.length === values.length

/** A line of `metrics.jsonl`, of `widths.jsonl`, of `gradients.jsonl` and of `log.jsonl`. */
export const MetricLine = z
  .object({ key: z.string().min(1).max(200), steps: z.array(Step).max(LINE_ITEMS.metrics), values: z.array(z.number().nullable()) })
  .refine(sameLength, 'it has not as many values as steps')
export const WidthLine = z
  .object({ steps: z.array(z.int().min(0)).max(LINE_ITEMS.widths), widths: z.array(z.array(z.number())) })
  .refine(({ steps, widths }) => sameLength({ steps, values: widths }), 'it has not as many widths as steps')
export const GradientLine = z.array(WidthGradients).max(LINE_ITEMS.gradients)
export const LogLine = z.array(LogEntry.omit({ seq: true })).max(LINE_ITEMS.log)
