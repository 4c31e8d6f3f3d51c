import { z } from 'zod'
import { BitWidthHistory, LogLevel, QuantizerInfo, RunEnvironment, RunId, RunPhase, RunProgress, RunResult, SeriesColumns } from './entities'
import { ErrorShape } from './errors'
import { RuntimeRef } from './runtimes'
import { TrainingConfig } from './training-config'
import { WidthGradients } from './width-gradients'

/** What a trainer process is told to do. Paths are absolute. */
export const TrainerSpec = z.object({
  runId: RunId,
  config: TrainingConfig,
  dataDir: z.string(),
  /** The run's own folder; checkpoints are written to `checkpoints/` in it. */
  folder: z.string(),
  workers: z.int().min(0).max(64),
  /** Names of images, within the data set, that are left out. */
  excluded: z.array(z.string()),
  /** Checkpoint file to go on from; null starts afresh. */
  resumeFrom: z.object({ file: z.string(), sha256: z.string() }).nullable(),
  /** The runtime that its process loads; absent: the built-in one. */
  runtime: RuntimeRef.optional(),
})
export type TrainerSpec = z.infer<typeof TrainerSpec>

/** Where a trainer that was started again goes on. */
export const ResumedAt = z.object({
  /** Step of the checkpoint; null: from the beginning. */
  step: z.int().nullable(),
  phase: RunPhase,
})
export type ResumedAt = z.infer<typeof ResumedAt>

/** Engine to trainer. */
export const TrainerCommand = z.discriminatedUnion('type', [
  z.object({ type: z.literal('start'), spec: TrainerSpec }),
  z.object({ type: z.literal('pause') }),
  z.object({ type: z.literal('continue') }),
  /** Finish the step in hand, write a checkpoint, report `ended` with outcome `stopped`, exit. */
  z.object({ type: z.literal('stop') }),
])
export type TrainerCommand = z.infer<typeof TrainerCommand>

/** Trainer to engine. Points and widths are batched: at most ten messages a second, never one per step. */
export const TrainerEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('started'), totalSteps: z.int(), quantizers: z.array(QuantizerInfo), environment: RunEnvironment }),
  z.object({ type: z.literal('progress'), progress: RunProgress }),
  z.object({ type: z.literal('paused') }),
  z.object({ type: z.literal('continued') }),
  z.object({ type: z.literal('metrics'), series: z.array(SeriesColumns) }),
  z.object({ type: z.literal('widths'), history: BitWidthHistory }),
  z.object({ type: z.literal('widthGradients'), rows: z.array(WidthGradients) }),
  z.object({ type: z.literal('log'), time: z.number(), level: LogLevel, message: z.string() }),
  z.object({ type: z.literal('checkpoint'), step: z.int(), phase: RunPhase, file: z.string(), sizeBytes: z.number(), sha256: z.string() }),
  /** Said in the trainer's name where a cluster has started its job again: what was reported behind this checkpoint is computed again. */
  ResumedAt.extend({ type: z.literal('resumed') }),
  z.object({ type: z.literal('result'), result: RunResult }),
  /** The last message of a trainer that ends in order. */
  z.object({ type: z.literal('ended'), outcome: z.enum(['finished', 'stopped', 'failed']), error: ErrorShape.nullable() }),
])
export type TrainerEvent = z.infer<typeof TrainerEvent>
