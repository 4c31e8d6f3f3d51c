import { type Field } from '../../../../src/config/schema-fields'
import { LEAVES } from './form-values'

export interface FormGroup {
  readonly id: string
  readonly title: string
  readonly fields: readonly Field[]
  /** A section that may be there or not, and what it begins with. */
  readonly section: { readonly path: readonly string[]; readonly start: unknown; readonly off: string } | null
  readonly open: boolean
}

interface GroupPlan {
  readonly title: string
  /** Paths, or sections whose keys all belong here; the first group that names a key has it. */
  readonly takes: readonly string[]
  readonly section?: FormGroup['section']
  readonly closed?: boolean
}

const PLANS: readonly GroupPlan[] = [
  { title: 'Run', takes: ['name', 'mode', 'seed'] },
  { title: 'Model', takes: ['model', 'model_params', 'num_classes', 'input_info.sample_size', 'weights', 'resuming_checkpoint_path'] },
  { title: 'Data', takes: ['dataset', 'dataset_dir', 'num_mock_images', 'augmentation', 'batch_size', 'batch_size_val', 'batch_size_init'] },
  {
    title: 'A part of the data',
    takes: ['data_limit'],
    section: { path: ['data_limit'], start: { train: 1000, validation: 1000 }, off: 'All images are used.' },
    closed: true,
  },
  {
    title: 'FP32 training before compression',
    takes: ['pretraining'],
    section: {
      path: ['pretraining'],
      start: { epochs: 5, optimizer: { type: 'SGD', base_lr: 0.05, optimizer_params: { momentum: 0.9 }, schedule_type: 'cosine' } },
      off: 'Compression starts from the given weights, or from random ones.',
    },
  },
  { title: 'Training', takes: ['epochs', 'start_epoch', 'optimizer', 'test_every_n_epochs'] },
  {
    title: 'Compression',
    takes: ['compression.algorithm', 'compression.loss', 'compression.freeze_epoch', 'compression.rounding', 'compression.hardware', 'compression.compression_lr_multiplier'],
    section: { path: ['compression'], start: { algorithm: 'fracbits_quantization', freeze_epoch: 2 }, off: 'The network stays in FP32.' },
  },
  {
    title: 'Bit-widths',
    takes: ['compression.bit_widths'],
    section: {
      path: ['compression', 'bit_widths'],
      start: { min: 2, max: 8, start_at_target: true },
      off: 'Widths start at 8 bits and stay between 4 and 12.',
    },
    closed: true,
  },
  {
    title: 'Quantizers',
    takes: [
      'target_device',
      'compression.preset',
      'compression.overflow_fix',
      'compression.quantize_inputs',
      'compression.quantize_outputs',
      'compression.weights',
      'compression.activations',
      'compression.scope_overrides',
    ],
  },
  { title: 'Ranges', takes: ['compression.initializer.range'] },
  {
    title: 'Batch-norm adaptation',
    takes: ['compression.initializer.batchnorm_adaptation'],
    section: {
      path: ['compression', 'initializer', 'batchnorm_adaptation'],
      start: { num_bn_adaptation_samples: 2000 },
      off: 'Statistics of batch norms stay as they were trained.',
    },
    closed: true,
  },
  {
    title: 'Distillation',
    takes: ['compression.distillation'],
    section: { path: ['compression', 'distillation'], start: { weight: 0.5, temperature: 4 }, off: 'The network learns from the labels alone.' },
    closed: true,
  },
  {
    title: 'Batch norms after rounding',
    takes: ['compression.batchnorm_reestimation'],
    section: { path: ['compression', 'batchnorm_reestimation'], start: { samples: 2000 }, off: 'Statistics go on from what they were before widths were rounded.' },
    closed: true,
  },
  {
    title: 'Oscillating weights',
    takes: ['compression.oscillation_freezing'],
    section: {
      path: ['compression', 'oscillation_freezing'],
      start: { decay: 0.99, first_threshold: 0.04, last_threshold: 0.01 },
      off: 'Weights may jump between two integers until the last step.',
    },
    closed: true,
  },
  {
    title: 'Averaged weights',
    takes: ['compression.weight_averaging'],
    section: { path: ['compression', 'weight_averaging'], start: { decay: 0.999 }, off: 'The final model has the weights of the last step.' },
    closed: true,
  },
  { title: 'Layers left out', takes: ['ignored_scopes', 'target_scopes', 'compression.ignored_scopes', 'compression.target_scopes'], closed: true },
  {
    title: 'Checkpoints and files',
    takes: ['checkpoint_every_n_steps', 'save_freq', 'checkpoint_save_dir', 'log_dir', 'metrics_dump', 'print_freq'],
    closed: true,
  },
  { title: 'Machine', takes: ['runtime', 'cpu_only', 'gpu_id', 'replicas', 'multiprocessing_distributed', 'workers', 'image_cache_gb', 'float_arithmetic'], closed: true },
  {
    title: 'Slurm cluster',
    takes: ['slurm'],
    section: { path: ['slurm'], start: { cpus: 4, time_limit: '24:00:00' }, off: 'A run that is sent to a cluster takes what the cluster gives by default.' },
    closed: true,
  },
  // Whatever the schema has that no group above names: a new key is never missing from the form.
  { title: 'Other', takes: [''], closed: true },
]

const isWithin = (path: string, place: string): boolean => place === '' || path === place || path.startsWith(`${place}.`)

/** The length of the longest place of a plan that holds a path; -1 where none does. */
const fit = ({ takes }: GroupPlan, path: string): number =>
  Math.max(-1, ...takes.filter((place) => isWithin(path, place)).map((place) => place.length))

export const FORM_GROUPS: readonly FormGroup[] = PLANS.map((plan) => {
  const mine = LEAVES.filter(({ path }) => {
    const own = fit(plan, path.join('.'))
    return own >= 0 && PLANS.every((other) => other === plan || fit(other, path.join('.')) < own)
  })
  const order = (field: Field): number => plan.takes.findIndex((place) => isWithin(field.path.join('.'), place))
  return {
    id: plan.title.toLowerCase().replaceAll(/\W+/g, '-'),
    title: plan.title,
    fields: [...mine].sort((a, b) => order(a) - order(b)),
    section: plan.section ?? null,
    open: plan.closed !== true,
  }
})
