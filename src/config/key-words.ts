interface Words {
  readonly label: string
  readonly unit?: string
}

/** Names for people; a key without one is shown as written, with spaces. Sub-keys of both optimizers share theirs. */
const WORDS: Readonly<Record<string, Words>> = {
  mode: { label: 'What to do' },
  weights: { label: 'Weights to start from' },
  resuming_checkpoint_path: { label: 'Checkpoint to go on from' },
  num_classes: { label: 'Classes' },
  'input_info.sample_size': { label: 'Image (batch, channels, height, width)' },
  'model_params.width_mult': { label: 'Width multiplier' },
  dataset: { label: 'Data set' },
  dataset_dir: { label: 'Folder of the images' },
  batch_size: { label: 'Batch size', unit: 'images' },
  batch_size_val: { label: 'Batch size in validation', unit: 'images' },
  batch_size_init: { label: 'Batch size in initialisation', unit: 'images' },
  num_mock_images: { label: 'Mock images', unit: 'images' },
  'data_limit.train': { label: 'Training images', unit: 'images' },
  'data_limit.validation': { label: 'Validation images', unit: 'images' },
  epochs: { label: 'Epochs', unit: 'epochs' },
  'pretraining.epochs': { label: 'Epochs', unit: 'epochs' },
  start_epoch: { label: 'First epoch' },
  test_every_n_epochs: { label: 'Validate every', unit: 'epochs' },
  'optimizer.type': { label: 'Optimizer' },
  'optimizer.base_lr': { label: 'Learning rate' },
  'optimizer.schedule_type': { label: 'Schedule' },
  'optimizer.steps': { label: 'Decay at epochs' },
  'optimizer.step': { label: 'Decay every', unit: 'epochs' },
  'optimizer.gamma': { label: 'Decay factor' },
  'optimizer.power': { label: 'Exponent' },
  'optimizer.warmup_epochs': { label: 'Warm-up', unit: 'epochs' },
  'optimizer.optimizer_params.momentum': { label: 'Momentum' },
  'optimizer.schedule_params.patience': { label: 'Patience', unit: 'epochs' },
  'optimizer.schedule_params.cooldown': { label: 'Cool-down', unit: 'epochs' },
  'optimizer.schedule_params.min_lr': { label: 'Lowest rate' },
  'compression.loss.type': { label: 'Make smaller' },
  'compression.loss.compression_rate': { label: 'Target rate', unit: '× INT8' },
  'compression.loss.size_bytes': { label: 'Target size', unit: 'bytes' },
  'compression.rounding': { label: 'Rounding' },
  'compression.hardware': { label: 'Device' },
  'compression.bit_widths.granularity': { label: 'Widths for each' },
  'compression.bit_widths.min': { label: 'Least width', unit: 'bits' },
  'compression.bit_widths.max': { label: 'Greatest width', unit: 'bits' },
  'compression.bit_widths.initial': { label: 'Width to start from', unit: 'bits' },
  'compression.bit_widths.start_at_target': { label: 'Start at the target' },
  'compression.bit_widths.first_last_bits': { label: 'First and last layer', unit: 'bits' },
  'compression.bit_widths.weight_bits': { label: 'All weights', unit: 'bits' },
  'compression.bit_widths.activation_bits': { label: 'All activations', unit: 'bits' },
  'compression.batchnorm_reestimation.samples': { label: 'Images', unit: 'images' },
  'compression.distillation.teacher': { label: 'Weights of the teacher' },
  'compression.distillation.weight': { label: 'Share of the teacher' },
  'compression.distillation.temperature': { label: 'Temperature' },
  'compression.oscillation_freezing.decay': { label: 'Kept with each step' },
  'compression.oscillation_freezing.first_threshold': { label: 'Turns before freezing, at first', unit: 'per step' },
  'compression.oscillation_freezing.last_threshold': { label: 'Turns before freezing, at last', unit: 'per step' },
  'compression.weight_averaging.decay': { label: 'Kept with each step' },
  'compression.loss.criteria': { label: 'Criterion' },
  'compression.loss.flip_loss': { label: 'Compare sizes' },
  'compression.loss.alpha': { label: 'Alpha' },
  'compression.freeze_epoch': { label: 'Freeze at epoch' },
  'compression.compression_lr_multiplier': { label: 'Gradient factor' },
  'compression.overflow_fix': { label: 'Overflow fix' },
  'compression.initializer.range.num_init_samples': { label: 'Images', unit: 'images' },
  'compression.initializer.range.type': { label: 'Statistic' },
  'compression.initializer.batchnorm_adaptation.num_bn_adaptation_samples': { label: 'Images', unit: 'images' },
  checkpoint_every_n_steps: { label: 'Checkpoint every', unit: 'steps' },
  save_freq: { label: 'Keep one every', unit: 'epochs' },
  print_freq: { label: 'Log line every', unit: 'steps' },
  image_cache_gb: { label: 'Reduced images on disk', unit: 'GB' },
  float_arithmetic: { label: 'FP32 arithmetic' },
  'slurm.time_limit': { label: 'Time limit' },
  'slurm.cpus': { label: 'CPUs' },
  'slurm.memory_gb': { label: 'Memory', unit: 'GB' },
  'slurm.gpus': { label: 'GPUs' },
  'slurm.options': { label: 'Options of sbatch' },
  runtime: { label: 'Runtime' },
  cpu_only: { label: 'CPU only' },
  gpu_id: { label: 'GPU' },
  replicas: { label: 'Parts of a batch', unit: 'devices' },
  multiprocessing_distributed: { label: 'All GPUs' },
  workers: { label: 'Workers', unit: 'threads' },
}

const QUANTIZED: Readonly<Record<string, string>> = { weights: 'Weights', activations: 'Activations' }

/** What a key is called on screen, and the unit of its number. */
export function wordsOf(path: readonly string[]): Words {
  const known = WORDS[path.join('.')] ?? (path[0] === 'pretraining' ? WORDS[path.slice(1).join('.')] : undefined)
  if (known !== undefined) return known
  const words = (path.at(-1) ?? '').replaceAll('_', ' ')
  const kind = path[0] === 'compression' ? QUANTIZED[path[1] ?? ''] : undefined
  const label = kind === undefined ? words : `${kind}: ${words}`
  return { label: label.charAt(0).toUpperCase() + label.slice(1) }
}
