import { z } from 'zod'
import { SlurmJob } from './slurm'

export const RunId = z.string().regex(/^[0-9a-z]{8,32}$/)
export type RunId = z.infer<typeof RunId>

/** Milliseconds since 1970-01-01 UTC. */
const TimestampMs = z.number().int()

/**
 * `queued` waits for a place, `running` has a live trainer, `paused` has one that waits, `stopping` was asked to stop,
 * `stopped` ended on request with a checkpoint, `interrupted` lost its trainer, `failed` ended with an error, `finished` did all its work.
 */
export const RUN_STATUSES = ['queued', 'starting', 'running', 'paused', 'stopping', 'stopped', 'interrupted', 'failed', 'finished'] as const
export const RunStatus = z.enum(RUN_STATUSES)
export type RunStatus = z.infer<typeof RunStatus>

/** What a run is doing, in the order in which a full run passes through. */
export const RUN_PHASES = ['preparing', 'fp32-training', 'fp32-evaluation', 'range-initialisation', 'int8-evaluation', 'bit-width-training', 'integer-training', 'final-evaluation', 'done'] as const
export const RunPhase = z.enum(RUN_PHASES)
export type RunPhase = z.infer<typeof RunPhase>

export const RunProgress = z.object({
  phase: RunPhase,
  /** Zero-based epoch within the phase's stage, and how many that stage has. */
  epoch: z.int(),
  epochs: z.int(),
  /** Training steps done and planned over all stages: the x axis of every curve. */
  step: z.int(),
  totalSteps: z.int(),
  imagesPerSecond: z.number(),
  etaSeconds: z.number().nullable(),
  /** Such as `CPU, 2 threads` or `GPU`. */
  device: z.string(),
  residentBytes: z.number(),
  nativeTensors: z.int(),
  /** Share of the time in which a step waited for images, 0 to 1. */
  dataWaitFraction: z.number(),
  /** When the step had ended: milliseconds since 1970 by the trainer's clock. */
  stepAt: z.number(),
})
export type RunProgress = z.infer<typeof RunProgress>

/** One quantizer of a run; the position in the list is its index in every `widths` array. */
export const QuantizerInfo = z.object({
  /** Unique, such as `layer1.0.conv1|WEIGHT` or `layer1.0.relu1|OUTPUT`. */
  id: z.string(),
  /** Layer path in state-dict notation. */
  layer: z.string(),
  kind: z.enum(['weight', 'activation']),
  mode: z.enum(['symmetric', 'asymmetric']),
  perChannel: z.boolean(),
  /** Number of weights; 0 for activations, which do not count towards model size. */
  elements: z.int(),
  minBits: z.int(),
  maxBits: z.int(),
  /** Output channels that each have a width of their own; absent where the quantizer has one width. */
  kernels: z.int().optional(),
})
export type QuantizerInfo = z.infer<typeof QuantizerInfo>

/** One line of the result table. `sizeBits` = sum of weights x bit-width over quantized layers (x 32 for FP32). */
export const ResultRow = z.object({
  /** `uniform`: trained at one width for all weights that is not 8; `rounded`: at that width, not trained for it. */
  kind: z.enum(['fp32', 'int8', 'rounded', 'uniform', 'mixed']),
  /** Percent of validation images, by the integer model (FP32: the float model). */
  top1: z.number(),
  top5: z.number(),
  loss: z.number(),
  images: z.int(),
  sizeBits: z.number(),
  /** INT8 size divided by this size. */
  rate: z.number(),
  /** How the row came about, in a few words: `trained`, `ranges initialised, not trained`. */
  note: z.string(),
  /** Its accuracy is that of fractional widths, as the original evaluates widths that never froze. */
  fractional: z.boolean().optional(),
})
export type ResultRow = z.infer<typeof ResultRow>

/** What the integer widths cost against the budget, and what meeting it took. */
export const BudgetOutcome = z.object({
  kind: z.enum(['model_size', 'bitops', 'hardware']),
  method: z.enum(['plain', 'offset', 'exact']),
  /** INT8 cost divided by the wanted one, and by the one that the integer widths have. */
  targetRate: z.number(),
  rate: z.number(),
  /** In `unit`: `bits`, `bit operations`, or what the hardware table counts in. */
  cost: z.number(),
  limit: z.number(),
  unit: z.string(),
  /** Quantizers, by index, that plain rounding would have given another width. */
  flips: z.array(z.object({ quantizer: z.int(), from: z.int(), to: z.int() })),
  /** How many kernels plain rounding would have given another width, where each has one of its own; they are not among `flips`. */
  kernelFlips: z.int().optional(),
  /** Minus the derivative of the cross-entropy by each quantizer's width, carried to the integer widths; absent where the freeze did not measure it. */
  sensitivities: z.array(z.number()).optional(),
  /** Where several roundings were tried: cross-entropy of training images with each, and which of them, by index, was taken. */
  trial: z.object({ images: z.int(), losses: z.array(z.number()), taken: z.int() }).optional(),
})
export type BudgetOutcome = z.infer<typeof BudgetOutcome>

/** How many kernels of one quantizer have which integer width, ascending in width. */
export const KernelWidths = z.object({ quantizer: z.int(), widths: z.array(z.object({ bits: z.int(), kernels: z.int() })) })
export type KernelWidths = z.infer<typeof KernelWidths>

export const RunResult = z.object({
  rows: z.array(ResultRow),
  targetRate: z.number().nullable(),
  /** Integer bit-width per quantizer, in the order of `quantizers`; the mean of its kernels' where each has its own. */
  widths: z.array(z.number()),
  /** Of the quantizers whose kernels have widths of their own; absent where none has. */
  kernelWidths: z.array(KernelWidths).optional(),
  /** Absent where no widths are learned, and before they were rounded. */
  budget: BudgetOutcome.optional(),
})
export type RunResult = z.infer<typeof RunResult>

export const Checkpoint = z.object({
  id: z.int(),
  runId: RunId,
  step: z.int(),
  phase: RunPhase,
  /** File name inside the run's folder. */
  file: z.string(),
  sizeBytes: z.number(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  createdAt: TimestampMs,
})
export type Checkpoint = z.infer<typeof Checkpoint>

export const LogLevel = z.enum(['info', 'warning', 'error'])
export const LogEntry = z.object({ seq: z.int(), time: TimestampMs, level: LogLevel, message: z.string() })
export type LogEntry = z.infer<typeof LogEntry>

export const RunSummary = z.object({
  id: RunId,
  name: z.string(),
  model: z.string(),
  dataset: z.string(),
  status: RunStatus,
  /** A sentence for the person when the run did not finish by itself. */
  statusReason: z.string().nullable(),
  phase: RunPhase,
  step: z.int(),
  totalSteps: z.int(),
  createdAt: TimestampMs,
  startedAt: TimestampMs.nullable(),
  endedAt: TimestampMs.nullable(),
  targetRate: z.number().nullable(),
  result: RunResult.nullable(),
  /** Its job, for a run on a Slurm cluster; null or absent for one on this machine. */
  slurm: SlurmJob.nullable().optional(),
})
export type RunSummary = z.infer<typeof RunSummary>

export const RunEnvironment = z.object({
  appVersion: z.string(),
  node: z.string(),
  tensorflow: z.string(),
  platform: z.string(),
  cpu: z.string(),
  threads: z.int(),
  device: z.string(),
})
export type RunEnvironment = z.infer<typeof RunEnvironment>

export const RunDetail = RunSummary.extend({
  /** The configuration as the person gave it, with defaults filled in. */
  config: z.unknown(),
  dataDir: z.string(),
  folder: z.string(),
  quantizers: z.array(QuantizerInfo),
  checkpoints: z.array(Checkpoint),
  environment: RunEnvironment.nullable(),
  /** Last known progress while the run is alive. */
  progress: RunProgress.nullable(),
  /** Shell command that repeats the run. */
  command: z.string(),
})
export type RunDetail = z.infer<typeof RunDetail>

/** Points of one series as columns of equal length, ordered by step. */
export const SeriesColumns = z.object({
  key: z.string(),
  steps: z.array(z.number()),
  values: z.array(z.number().nullable()),
})
export type SeriesColumns = z.infer<typeof SeriesColumns>

/**
 * Bit-widths over time: `widths[i]` belongs to `steps[i]` and has one entry per quantizer, the mean of its kernels' where each has its own. Behind them
 * stand the least and the greatest width of the kernels of each such quantizer, in their order.
 */
export const BitWidthHistory = z.object({ steps: z.array(z.int()), widths: z.array(z.array(z.number())) })
export type BitWidthHistory = z.infer<typeof BitWidthHistory>
