import { z } from 'zod'
import { ResultRow, RunId, RunResult, RunStatus } from './entities'
import { RunCell } from './run-table'

export const MOST_COMPARED = 50
export const ComparedIds = z.array(RunId).min(1).max(MOST_COMPARED)

export const ComparedRun = z.object({
  id: RunId,
  name: z.string(),
  status: RunStatus,
  model: z.string(),
  dataset: z.string(),
  repeats: z.string().nullable(),
  /** Value of `seed` in the configuration. */
  seed: RunCell,
  result: RunResult.nullable(),
  frozenStep: z.int().nullable(),
  createdAt: z.int(),
  /** Seconds from start to end. */
  duration: z.number().nullable(),
})
export type ComparedRun = z.infer<typeof ComparedRun>

/** Bit operations of an image by the models of a run: MACs x width of the weight x width of the input, of layers with quantized weights. */
export const ComparedWork = z.object({
  runId: RunId,
  /** Rows of the result whose widths are known. */
  rows: z.array(z.object({ kind: ResultRow.shape.kind, bitOperations: z.number() })),
})
export type ComparedWork = z.infer<typeof ComparedWork>

/** Several runs side by side; every list of values is in the order of `runs`. */
export const Comparison = z.object({
  /** In the order in which they were asked for; runs that there are not are left out. */
  runs: z.array(ComparedRun),
  /** Keys of the configuration, with what stands there in each run; null where it does not stand. */
  config: z.array(z.object({ key: z.string(), values: z.array(RunCell), differs: z.boolean() })),
  /** Quantizers by id with their newest bit-widths; `kernels` says of how many kernels a width is the mean, null where it is none; absent where no run has such. */
  layers: z.array(
    z.object({ id: z.string(), layer: z.string(), kind: z.enum(['weight', 'activation']), elements: z.int(), bits: z.array(z.number().nullable()), kernels: z.array(z.int().nullable()).optional() }),
  ),
  /** Names of all series that one of them has. */
  metrics: z.array(z.string()),
})
export type Comparison = z.infer<typeof Comparison>
