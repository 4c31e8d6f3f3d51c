/**
 * Names of the scalar series a run records. `train/*` per step, `val/*` per validation, `system/*` about once a second,
 * `time/*` at most ten times a second by the engine: seconds since the run began, with (`wall`) and without (`process`) the time it did not run.
 * Units: accuracies in percent, rates as INT8 size / size, memory in bytes.
 * `train/frozen_weights`: percent of the quantized weights that were frozen since they oscillated.
 * `val/fractional_*`: the model with bit-widths as they train, beside the integer model of `val/*`.
 */
export const METRIC_KEYS = [
  'train/loss',
  'train/ce',
  'train/size_loss',
  'train/top1',
  'train/learning_rate',
  'train/rate',
  'train/frozen_weights',
  'val/loss',
  'val/top1',
  'val/top5',
  'val/fractional_loss',
  'val/fractional_top1',
  'system/images_per_second',
  'system/resident_bytes',
  'system/native_tensors',
  'system/data_wait',
  'time/wall',
  'time/process',
] as const
export type MetricKey = (typeof METRIC_KEYS)[number]

/** Which end of a metric is the good one: losses, waiting and memory are better when small. */
export const isBetterSmall = (key: string): boolean => /(loss|ce|data_wait|bytes|tensors)$/.test(key)
