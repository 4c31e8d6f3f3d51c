import { z } from 'zod'
import { RuntimeName } from '../runtimes'
import { positiveInt, refused, scopes } from './values'

/** What `-m` may say; the original's `export` has its own command here. */
export const RunMode = z.enum(['train', 'test'])
export type RunMode = z.infer<typeof RunMode>

const NOTHING = 'Accepted for files of the original.'

/** Keys that steer several machines, or processes for several GPUs: accepted, and said in the log to mean nothing in a run, which is one process (spec 1.3). */
export const singleMachineKeys = {
  find_unused_parameters: z.boolean().optional().describe(NOTHING),
  world_size: z.int().optional().describe(NOTHING),
  rank: z.int().optional().describe(NOTHING),
  dist_url: z.string().optional().describe(NOTHING),
  dist_backend: z.string().optional().describe(NOTHING),
}

/** Keys that the original reads nowhere in classification, or that concern its tracing: accepted, said in the log to do nothing. */
export const idleKeys = {
  print_step: z.boolean().optional().describe(NOTHING),
  imshow_batch: z.boolean().optional().describe(NOTHING),
  scopes_without_shape_matching: z.array(z.string()).optional().describe(NOTHING),
}

/** Keys that are flags of the sample's command line as well (spec 1.2). A flag that was typed wins over the file. */
export const flagKeys = {
  mode: z
    .union([RunMode, z.array(RunMode).min(1)])
    .default('train')
    .describe('Train, test (evaluates given weights or a checkpoint), or both.'),
  weights: z.string().min(1).optional().describe('File with FP32 weights to start from: .pth, .safetensors, or a checkpoint of this program.'),
  resuming_checkpoint_path: z.string().min(1).optional().describe('Checkpoint to go on from: of this program, or of NNCF (.pth).'),
  pretrained: z.boolean().optional().describe('Start from published weights; give their file as weights.'),
  dataset_dir: z.string().min(1).optional().describe('Folder with the images.'),
  workers: z.int().min(0).max(64).optional().describe('Threads that prepare images; 0 prepares them in the trainer itself.'),
  log_dir: z.string().min(1).optional().describe("Where the run's folder is made; left out, in the workspace."),
  checkpoint_save_dir: z
    .string()
    .min(1)
    .optional()
    .describe("Where the last, best and intermediate checkpoints are written; left out, in the run's folder."),
  metrics_dump: z.string().min(1).optional().describe('File that receives the best accuracy.'),
  epochs: positiveInt.max(100_000).default(300).describe('Passes over the training images with quantizers (in all, where there is no compression).'),
  start_epoch: z.int().min(0).default(0).describe('Epoch to start with, counted from 0.'),
  batch_size: positiveInt.max(65_536).default(10).describe('Images a training step looks at.'),
  batch_size_init: positiveInt.max(65_536).optional().describe('Images a batch of the initialisation; left out, as for training.'),
  batch_size_val: positiveInt.max(65_536).optional().describe('Images a batch of the validation; left out, as for training.'),
  seed: z.int().min(0).max(4_294_967_295).optional().describe('Fixes everything random, so that a run can be repeated; left out, it is 0.'),
  save_freq: positiveInt.default(5).describe('An intermediate checkpoint is kept every so many epochs.'),
  print_freq: positiveInt.optional().describe('A line of the log every so many steps.'),
  test_every_n_epochs: positiveInt.default(1).describe('Epochs from one validation to the next.'),
  cpu_only: z.boolean().optional().describe('Compute on the CPU even where there is a GPU.'),
  gpu_id: z.int().min(0).optional().describe('Compute on this GPU, counted from 0. Where it cannot be used the run fails.'),
  multiprocessing_distributed: z
    .boolean()
    .optional()
    .describe('Share every training batch among all GPUs that TensorFlow finds. On the CPU, on one GPU and beside gpu_id it has no effect.'),
  /** No flag of the sample's, but like them it says where a run computes and not what: a file of the original stays one with it. */
  runtime: RuntimeName.optional().describe(
    'The runtime to compute with: the name of an installed one, or gpu for the newest of them. Left out, the built-in one. Where it cannot use a GPU the run fails.',
  ),
  disable_compression: z.boolean().optional().describe('Train without the compression section.'),
  to_onnx: refused('A run does not export. Remove to_onnx, and export the finished run with the command for it.'),
}

/** Top-level keys of the NNCF configuration beside `compression` (spec 2.1). */
export const nncfKeys = {
  target_device: z
    .enum(['ANY', 'CPU', 'GPU', 'VPU', 'TRIAL'])
    .optional()
    .describe('Whose quantizers are used. TRIAL is bound to no hardware: any width, any mode.'),
  ignored_scopes: scopes.optional().describe('Layers that are not quantized, by node name or {re} and a regular expression.'),
  target_scopes: scopes.optional().describe('Only these layers are quantized.'),
  /** Of all compression algorithms that give none of their own. */
  compression_lr_multiplier: z.number().min(0).optional().describe('Gradients of bit-widths, scales and ranges are multiplied by it.'),
  accuracy_aware_training: refused(
    'Accuracy-aware training is another training loop of NNCF, which FracBits configurations do not use and which is not offered. Remove it.',
  ),
}
