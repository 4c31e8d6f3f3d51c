import { z } from 'zod'
import { Float, FloatTensor } from './fixture'

/** A parameter with the norm of its gradient (null: none) and its sum. */
const Gradients = z.array(z.tuple([z.string(), Float.nullable()], Float.nullable()))
const MeanAndMagnitude = z.tuple([Float, Float])

/** What was recorded of a model in float for formula weights and two images: state dict, costs, logits, outputs of its modules and gradients. */
export const ArchitectureFile = z.object({
  model: z.string(),
  image_size: z.int(),
  num_classes: z.int(),
  seed: z.int(),
  conv_gain: z.number(),
  parameter_count: z.int(),
  macs_per_image: z.int(),
  input_id: z.int(),
  /** Id of the formula, name, PyTorch shape, kind; counters of batches have the kind `zero`. */
  state_dict: z.array(z.tuple([z.int(), z.string(), z.array(z.int()), z.enum(['weight', 'gamma', 'beta', 'bias', 'mean', 'var', 'zero'])])),
  labels: z.array(z.int()),
  eval_logits: FloatTensor,
  eval_logits_transform_input_false: FloatTensor.optional(),
  train_logits: FloatTensor,
  train_aux_logits: FloatTensor.nullish(),
  eval_mode_loss: Float,
  train_loss: Float,
  /** By module path; an auxiliary head only trains. */
  layer_stats: z.record(z.string(), z.object({ eval: MeanAndMagnitude.optional(), train: MeanAndMagnitude })),
  eval_mode_gradients: Gradients,
  gradients: Gradients,
  running_stats_after_train_forward: z.array(z.tuple([z.string(), Float, Float])),
})
export type ArchitectureFile = z.output<typeof ArchitectureFile>
