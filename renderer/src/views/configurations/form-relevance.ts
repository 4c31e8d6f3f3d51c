import type { FormValues } from './form-values'

/** True where a key means something beside the others that are chosen; else what it would take. */
export type Relevance = true | string

type Rule = (values: FormValues) => Relevance

const text = (values: FormValues, path: string): string => String(values.effective(path) ?? '').toLowerCase()
const only =
  (path: string, wanted: readonly string[], words: string): Rule =>
  (values) =>
    wanted.includes(text(values, path)) || words
const learns = only('compression.algorithm', ['fracbits_quantization'], 'Only where widths are learned.')
const unlessCpu: Rule = (values) => values.effective('cpu_only') !== true || 'Only where a GPU may be used.'
const onTrial = only('target_device', ['trial'], 'Only on the target device TRIAL.')
/** Nobody needs them in a new configuration; they show where a text has them. */
const neverNeeded: Rule = () => 'It has no effect here.'

function optimizerRules(at: string): Record<string, Rule> {
  const sgd = only(`${at}.type`, ['sgd'], 'Only with SGD.')
  const adam = only(`${at}.type`, ['adam'], 'Only with Adam.')
  const schedule = (wanted: string[]): Rule => only(`${at}.schedule_type`, wanted, `Only with the schedule ${wanted.join(' or ')}.`)
  const plateau = ['mode', 'patience', 'threshold', 'threshold_mode', 'cooldown', 'min_lr', 'eps']
  return {
    [`${at}.optimizer_params.momentum`]: sgd,
    [`${at}.optimizer_params.dampening`]: sgd,
    [`${at}.optimizer_params.nesterov`]: (values) =>
      sgd(values) === true ? Number(values.effective(`${at}.optimizer_params.momentum`) ?? 0) > 0 || 'Only with a momentum.' : sgd(values),
    [`${at}.optimizer_params.betas`]: adam,
    [`${at}.optimizer_params.eps`]: adam,
    [`${at}.steps`]: schedule(['multistep']),
    [`${at}.step`]: schedule(['step']),
    [`${at}.gamma`]: schedule(['step', 'multistep', 'exponential', 'plateau']),
    [`${at}.power`]: schedule(['poly']),
    [`${at}.warmup_epochs`]: schedule(['cosine']),
    ...Object.fromEntries(plateau.map((key) => [`${at}.schedule_params.${key}`, schedule(['plateau'])])),
    [`${at}.schedule_params.power`]: neverNeeded,
    ...Object.fromEntries([...plateau, 'power'].map((key) => [`${at}.scheduler_params.${key}`, neverNeeded])),
  }
}

const RULES: Readonly<Record<string, Rule>> = {
  ...optimizerRules('optimizer'),
  ...optimizerRules('pretraining.optimizer'),
  num_mock_images: (values) => text(values, 'dataset').startsWith('mock_') || 'Only for the mock data sets.',
  dataset_dir: (values) => !text(values, 'dataset').startsWith('mock_') || 'The mock data sets have no files.',
  'model_params.transform_input': only('model', ['inception_v3'], 'Only for inception_v3.'),
  'compression.freeze_epoch': learns,
  'compression.loss.type': learns,
  'compression.loss.compression_rate': learns,
  'compression.loss.size_bytes': (values) => learns(values) === true ? only('compression.loss.type', ['model_size'], 'Only where the size is made smaller.')(values) : learns(values),
  'compression.rounding': learns,
  'compression.loss.criteria': learns,
  'compression.loss.flip_loss': learns,
  'compression.loss.alpha': learns,
  'compression.weights.bits': onTrial,
  'compression.activations.bits': onTrial,
  'compression.overflow_fix': (values) => text(values, 'target_device') !== 'trial' || 'Not on the target device TRIAL.',
  'compression.initializer.range.params.min_percentile': only(
    'compression.initializer.range.type',
    ['percentile', 'mean_percentile'],
    'Only with percentiles.',
  ),
  'compression.initializer.range.params.max_percentile': only(
    'compression.initializer.range.type',
    ['percentile', 'mean_percentile'],
    'Only with percentiles.',
  ),
  'compression.export_to_onnx_standard_ops': neverNeeded,
  gpu_id: unlessCpu,
  pretrained: neverNeeded,
  disable_compression: neverNeeded,
  ...Object.fromEntries(
    ['multiprocessing_distributed', 'find_unused_parameters', 'world_size', 'rank', 'dist_url', 'dist_backend', 'print_step', 'imshow_batch'].map(
      (key) => [key, neverNeeded],
    ),
  ),
  scopes_without_shape_matching: neverNeeded,
  'input_info.type': neverNeeded,
  'input_info.filler': neverNeeded,
  'input_info.keyword': neverNeeded,
}

export function relevanceOf(path: string, values: FormValues): Relevance {
  return RULES[path]?.(values) ?? true
}
