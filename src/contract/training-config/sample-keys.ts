import { z } from 'zod'
import { positiveInt, refused, scopes } from './values'

/** What `-m` may say; the original's `export` has its own command here. */
export const RunMode = z.enum(['train', 'test'])
export type RunMode = z.infer<typeof RunMode>

/** Keys that steer several machines or GPUs: accepted, and said in the log to mean nothing in a run on one machine (spec 1.3). */
export const singleMachineKeys = {
  multiprocessing_distributed: z.boolean().optional(),
  find_unused_parameters: z.boolean().optional(),
  world_size: z.int().optional(),
  rank: z.int().optional(),
  dist_url: z.string().optional(),
  dist_backend: z.string().optional(),
}

/** Keys that the original reads nowhere in classification, or that concern its tracing: accepted, said in the log to do nothing. */
export const idleKeys = {
  print_step: z.boolean().optional(),
  imshow_batch: z.boolean().optional(),
  scopes_without_shape_matching: z.array(z.string()).optional(),
}

/** Keys that are flags of the sample's command line as well (spec 1.2). A flag that was typed wins over the file. */
export const flagKeys = {
  mode: z.union([RunMode, z.array(RunMode).min(1)]).default('train'),
  /** File with FP32 weights to start from: `.pth`, `.safetensors`, or a checkpoint of this program. */
  weights: z.string().min(1).optional(),
  /** Checkpoint to go on from: of this program, or of NNCF (`.pth`). */
  resuming_checkpoint_path: z.string().min(1).optional(),
  /** Published weights; they are given as a file by `weights`. */
  pretrained: z.boolean().optional(),
  dataset_dir: z.string().min(1).optional(),
  workers: z.int().min(0).max(64).optional(),
  log_dir: z.string().min(1).optional(),
  /** Where `<name>_last`, `<name>_best` and `epoch_<n>` are written; absent takes the run's folder. */
  checkpoint_save_dir: z.string().min(1).optional(),
  /** File that receives the best accuracy as `{"Accuracy": percent}`. */
  metrics_dump: z.string().min(1).optional(),
  epochs: positiveInt.max(100_000).default(300),
  start_epoch: z.int().min(0).default(0),
  batch_size: positiveInt.max(65_536).default(10),
  batch_size_init: positiveInt.max(65_536).optional(),
  batch_size_val: positiveInt.max(65_536).optional(),
  /** Absent counts as 0; whether it is given matters to `compatibility: "nncf"` only, where it fixes the order of the images. */
  seed: z.int().min(0).max(4_294_967_295).optional(),
  /** An intermediate checkpoint is kept every so many epochs. */
  save_freq: positiveInt.default(5),
  /** A line of the log every so many steps; absent: 10 under `compatibility: "nncf"`, else none. */
  print_freq: positiveInt.optional(),
  test_every_n_epochs: positiveInt.default(1),
  cpu_only: z.boolean().optional(),
  gpu_id: z.int().min(0).optional(),
  disable_compression: z.boolean().optional(),
  to_onnx: refused('A run does not export. Remove to_onnx, and export the finished run with the command for it.'),
}

/** Top-level keys of the NNCF configuration beside `compression` (spec 2.1). */
export const nncfKeys = {
  target_device: z.enum(['ANY', 'CPU', 'GPU', 'VPU', 'TRIAL']).optional(),
  ignored_scopes: scopes.optional(),
  target_scopes: scopes.optional(),
  /** Of all compression algorithms that give none of their own. */
  compression_lr_multiplier: z.number().min(0).optional(),
  accuracy_aware_training: refused(
    'Accuracy-aware training is another training loop of NNCF, which FracBits configurations do not use and which is not offered. Remove it.',
  ),
}
