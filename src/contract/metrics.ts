/**
 * Names of the scalar series a run records. `train/*` per step, `val/*` per validation, `system/*` about once a second.
 * Units: accuracies in percent, rates as INT8 size / size, memory in bytes.
 */
export const METRIC_KEYS = [
  'train/loss',
  'train/ce',
  'train/size_loss',
  'train/top1',
  'train/learning_rate',
  'train/rate',
  'val/loss',
  'val/top1',
  'val/top5',
  'system/images_per_second',
  'system/resident_bytes',
  'system/native_tensors',
  'system/data_wait',
] as const
export type MetricKey = (typeof METRIC_KEYS)[number]
