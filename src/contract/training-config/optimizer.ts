import { z } from 'zod'
import { fraction, positiveInt } from './values'

/** Options that torch.optim.SGD and torch.optim.Adam take beside rate and decay. */
const optimizerOptions = {
  momentum: fraction.optional().describe('Share of the last step that the next one keeps; 0.9 is usual.'),
  dampening: fraction.optional().describe('Share of the gradient that does not enter the momentum from the second step on.'),
  nesterov: z.boolean().optional().describe('Looks ahead along the momentum before it corrects.'),
  betas: z.tuple([fraction, fraction]).optional().describe('How long Adam remembers the gradient and its square; usually 0.9 and 0.999.'),
  eps: z.number().positive().optional().describe('Keeps the quotient of Adam finite; usually 1e-8.'),
}

/** Parameters whose name `re` is found in (all of them without `re`), with options of their own (spec 10.1). */
export const ParameterGroupConfig = z.strictObject({
  re: z.string().optional().describe('Regular expression that is looked for in the names of parameters; left out, all are meant.'),
  lr: z
    .number()
    .positive()
    .max(100)
    .optional()
    .describe('Learning rate of the group, to which base_lr does not apply. SGD needs one; left out with Adam, it is 1e-3.'),
  weight_decay: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('Weight decay of the group, to which that of the optimizer does not apply; left out, 0.'),
  ...optimizerOptions,
})
export type ParameterGroupConfig = z.infer<typeof ParameterGroupConfig>

/** Options of a schedule: of `plateau` those of torch's ReduceLROnPlateau, of `poly` its exponent. */
const ScheduleParams = z.strictObject({
  mode: z.enum(['max', 'min']).optional().describe('Whether the measured value should rise or fall; accuracy should rise (max).'),
  patience: z.int().min(0).optional().describe('Epochs without progress before the rate is lowered; 10 if left out.'),
  threshold: z.number().min(0).optional().describe('What counts as progress; 0.1 if left out.'),
  threshold_mode: z.enum(['rel', 'abs']).optional().describe('Whether the threshold is a share of the best value or a difference to it.'),
  cooldown: z.int().min(0).optional().describe('Epochs to wait after the rate was lowered.'),
  min_lr: z.number().min(0).optional().describe('The rate is not lowered below this.'),
  eps: z.number().min(0).optional().describe('Smaller changes of the rate are not made.'),
  power: z.number().positive().optional().describe('Exponent of the polynomial; 0.9 if left out.'),
})

/** `optimizer` section (spec 10). Weight decay is L2 added to the gradient, as torch does it. */
export const OptimizerConfig = z.strictObject({
  type: z.enum(['SGD', 'sgd', 'Adam', 'adam']).default('adam').describe('SGD steps along the gradient, Adam scales each step by the past gradients.'),
  base_lr: z.number().positive().max(100).default(1e-4).describe('Learning rate at the start of the schedule.'),
  weight_decay: z.number().min(0).max(1).default(1e-4).describe('Pull of the weights towards zero, added to their gradient.'),
  optimizer_params: z.strictObject(optimizerOptions).optional().describe('Options of the optimizer beside its rate and decay.'),
  /** Each parameter belongs to the first group that matches it; parameters of no group are not trained. */
  parameter_groups: z
    .array(ParameterGroupConfig)
    .min(1)
    .optional()
    .describe('Options for parameters by name. Each belongs to the first group that matches it; parameters of no group are not trained.'),
  schedule_type: z
    .enum(['step', 'multistep', 'plateau', 'exponential', 'poly', 'cosine'])
    .default('step')
    .describe('How the learning rate changes from epoch to epoch.'),
  schedule_params: ScheduleParams.optional().describe('Options of the schedule.'),
  scheduler_params: ScheduleParams.optional().describe('Another spelling of schedule_params, which counts where both are given.'),
  steps: z.array(z.int().min(0)).optional().describe('Epochs at which the rate is multiplied by the decay factor.'),
  step: positiveInt.default(30).describe('The rate is multiplied by the decay factor every so many epochs.'),
  gamma: z.number().positive().max(10).default(0.1).describe('What the rate is multiplied by at each decay.'),
  power: z.number().positive().optional().describe('Exponent of the polynomial; 0.9 if left out.'),
  warmup_epochs: z.number().min(0).default(0).describe('Epochs in which the rate rises from zero first; may be a fraction of one.'),
})
export type OptimizerConfig = z.infer<typeof OptimizerConfig>
