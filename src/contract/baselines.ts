import { z } from 'zod'
import { ResultRow, RunId, RunStatus } from './entities'

/** What a mixed-precision model is judged by beside its own FP32 row: all weights at 8 bits, and all at the widest width that takes no more bits. */
export const BASELINE_ROLES = ['int8', 'uniform'] as const
export const BaselineRole = z.enum(BASELINE_ROLES)
export type BaselineRole = z.infer<typeof BaselineRole>

export const Baseline = z.object({
  role: BaselineRole,
  runId: RunId,
  status: RunStatus,
  weightBits: z.int(),
  activationBits: z.int(),
  /** Not trained for the width, then trained; empty until the run has got there. */
  rows: z.array(ResultRow),
})
export type Baseline = z.infer<typeof Baseline>

export const Baselines = z.object({
  baselines: z.array(Baseline),
  /** Roles for which no run was made; empty where the run has no mixed-precision result to compare. */
  missing: z.array(BaselineRole),
  /** Whether mixed precision pays, and the sentence that says so; null until it can be said. */
  verdict: z.object({ pays: z.boolean(), sentence: z.string() }).nullable(),
})
export type Baselines = z.infer<typeof Baselines>
