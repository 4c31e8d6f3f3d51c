/** A configuration, key by key. */
export interface ChosenValues {
  /** As written, else the default. */
  effective(path: string): unknown
}

/** True where a key means something beside the others that are chosen; else what it would take. */
export type Relevance = true | string

/** Something that must be so for a key to mean anything. */
interface Condition {
  readonly words: string
  holds(values: ChosenValues): boolean
}

const text = (values: ChosenValues, path: string): string => String(values.effective(path) ?? '').toLowerCase()
const only = (path: string, wanted: readonly string[], words: string): Condition => ({
  words,
  holds: (values) => wanted.includes(text(values, path)),
})
const learns = only('compression.algorithm', ['fracbits_quantization'], 'Only where widths are learned.')
const onTrial = only('target_device', ['trial'], 'Only on the target device TRIAL.')
const withPercentiles = only('compression.initializer.range.type', ['percentile', 'mean_percentile'], 'Only with percentiles.')
const never = (words: string): Condition => ({ words, holds: () => false })
const idle = never('It has no effect here.')
/** It does something, but nobody needs it in a new configuration; the form shows it where a text has it. */
const spare = never('Not needed in a new configuration.')

function optimizerConditions(at: string): Record<string, readonly Condition[]> {
  const sgd = only(`${at}.type`, ['sgd'], 'Only with SGD.')
  const adam = only(`${at}.type`, ['adam'], 'Only with Adam.')
  const withMomentum: Condition = {
    words: 'Only with a momentum.',
    holds: (values) => Number(values.effective(`${at}.optimizer_params.momentum`) ?? 0) > 0,
  }
  const schedule = (wanted: string[]): Condition[] => [only(`${at}.schedule_type`, wanted, `Only with the schedule ${wanted.join(' or ')}.`)]
  const plateau = ['mode', 'patience', 'threshold', 'threshold_mode', 'cooldown', 'min_lr', 'eps']
  return {
    [`${at}.optimizer_params.momentum`]: [sgd],
    [`${at}.optimizer_params.dampening`]: [sgd],
    [`${at}.optimizer_params.nesterov`]: [sgd, withMomentum],
    [`${at}.optimizer_params.betas`]: [adam],
    [`${at}.optimizer_params.eps`]: [adam],
    [`${at}.steps`]: schedule(['multistep']),
    [`${at}.step`]: schedule(['step']),
    [`${at}.gamma`]: schedule(['step', 'multistep', 'exponential', 'plateau']),
    [`${at}.power`]: schedule(['poly']),
    [`${at}.warmup_epochs`]: schedule(['cosine']),
    ...Object.fromEntries(plateau.map((key) => [`${at}.schedule_params.${key}`, schedule(['plateau'])])),
    [`${at}.schedule_params.power`]: [...schedule(['poly']), spare],
    ...Object.fromEntries([...plateau, 'power'].map((key) => [`${at}.scheduler_params.${key}`, [spare]])),
  }
}

const CONDITIONS: Readonly<Record<string, readonly Condition[]>> = {
  ...optimizerConditions('optimizer'),
  ...optimizerConditions('pretraining.optimizer'),
  num_mock_images: [{ words: 'Only for the mock data sets.', holds: (values) => text(values, 'dataset').startsWith('mock_') }],
  dataset_dir: [{ words: 'The mock data sets have no files.', holds: (values) => !text(values, 'dataset').startsWith('mock_') }],
  'model_params.transform_input': [only('model', ['inception_v3'], 'Only for inception_v3.')],
  'compression.freeze_epoch': [learns],
  'compression.loss.type': [learns],
  'compression.loss.compression_rate': [learns],
  'compression.loss.size_bytes': [learns, only('compression.loss.type', ['model_size'], 'Only where the size is made smaller.')],
  'compression.rounding': [learns],
  'compression.bit_widths.granularity': [learns],
  'compression.loss.criteria': [learns],
  'compression.loss.flip_loss': [learns],
  'compression.loss.alpha': [learns],
  'compression.weights.bits': [onTrial],
  'compression.activations.bits': [onTrial],
  'compression.overflow_fix': [{ words: 'Not on the target device TRIAL.', holds: (values) => text(values, 'target_device') !== 'trial' }],
  'compression.initializer.range.params.min_percentile': [withPercentiles],
  'compression.initializer.range.params.max_percentile': [withPercentiles],
  'compression.export_to_onnx_standard_ops': [idle],
  gpu_id: [{ words: 'Only where a GPU may be used.', holds: (values) => values.effective('cpu_only') !== true }],
  multiprocessing_distributed: [
    { words: 'Only where a GPU may be used.', holds: (values) => values.effective('cpu_only') !== true },
    { words: 'Not beside gpu_id or replicas, which say how many.', holds: (values) => values.effective('gpu_id') === undefined && values.effective('replicas') === undefined },
  ],
  pretrained: [spare],
  disable_compression: [spare],
  ...Object.fromEntries(
    ['find_unused_parameters', 'world_size', 'rank', 'dist_url', 'dist_backend', 'print_step', 'imshow_batch'].map(
      (key) => [key, [idle]],
    ),
  ),
  scopes_without_shape_matching: [idle],
  'input_info.type': [idle],
  'input_info.filler': [idle],
  'input_info.keyword': [idle],
}

export const relevanceOf = (path: string, values: ChosenValues): Relevance =>
  CONDITIONS[path]?.find((condition) => !condition.holds(values))?.words ?? true

/** Everything that must be so for the key at a path to mean something, in words. */
export const conditionsOf = (path: string): readonly string[] => (CONDITIONS[path] ?? []).map(({ words }) => words)
