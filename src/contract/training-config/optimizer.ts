import { z } from 'zod'
import { fraction, positiveInt } from './values'

/** Options that torch.optim.SGD and torch.optim.Adam take beside rate and decay. */
const optimizerOptions = {
  momentum: fraction.optional(),
  /** Share of the gradient that does not enter the momentum from the second step on. */
  dampening: fraction.optional(),
  nesterov: z.boolean().optional(),
  betas: z.tuple([fraction, fraction]).optional(),
  eps: z.number().positive().optional(),
}

/** Parameters whose name `re` is found in (all of them without `re`), with options of their own (spec 10.1). */
export const ParameterGroupConfig = z.strictObject({
  re: z.string().optional(),
  lr: z.number().positive().max(100).optional(),
  weight_decay: z.number().min(0).max(1).optional(),
  ...optimizerOptions,
})
export type ParameterGroupConfig = z.infer<typeof ParameterGroupConfig>

/** Options of a schedule: of `plateau` those of torch's ReduceLROnPlateau, of `poly` its exponent. */
const ScheduleParams = z.strictObject({
  mode: z.enum(['max', 'min']).optional(),
  patience: z.int().min(0).optional(),
  threshold: z.number().min(0).optional(),
  threshold_mode: z.enum(['rel', 'abs']).optional(),
  cooldown: z.int().min(0).optional(),
  min_lr: z.number().min(0).optional(),
  eps: z.number().min(0).optional(),
  power: z.number().positive().optional(),
})

/** `optimizer` section (spec 10). Weight decay is L2 added to the gradient, as torch does it. */
export const OptimizerConfig = z.strictObject({
  type: z.enum(['SGD', 'sgd', 'Adam', 'adam']).default('adam'),
  base_lr: z.number().positive().max(100).default(1e-4),
  weight_decay: z.number().min(0).max(1).default(1e-4),
  optimizer_params: z.strictObject(optimizerOptions).optional(),
  /** Each parameter belongs to the first group that matches it; parameters of no group are not trained. */
  parameter_groups: z.array(ParameterGroupConfig).min(1).optional(),
  schedule_type: z.enum(['step', 'multistep', 'plateau', 'exponential', 'poly', 'cosine']).default('step'),
  schedule_params: ScheduleParams.optional(),
  scheduler_params: ScheduleParams.optional(),
  /** Epochs at which `multistep` multiplies the rate by `gamma`. */
  steps: z.array(z.int().min(0)).optional(),
  /** Period of `step`, in epochs. */
  step: positiveInt.default(30),
  gamma: z.number().positive().max(10).default(0.1),
  /** Exponent of `poly`; 0.9 where neither this nor `schedule_params.power` is given. */
  power: z.number().positive().optional(),
  /** Epochs of linear warm-up before `cosine`; may be a fraction of an epoch. */
  warmup_epochs: z.number().min(0).default(0),
})
export type OptimizerConfig = z.infer<typeof OptimizerConfig>
