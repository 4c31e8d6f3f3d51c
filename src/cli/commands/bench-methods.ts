import { EIGHTY_TWENTY, freezeEpochBy } from '../../config/width-schedule'

/** Ways to a smaller model that are compared at each rate. */
export const METHODS = ['exact', 'offset', 'plain', 'nncf', 'uniform'] as const
/** Exact rounding with one option of the configuration more, as the constants of time fit runs of some hundred steps. */
export const OPTIONS = {
  kernel: { bit_widths: { granularity: 'kernel' } },
  distillation: { distillation: {} },
  averaging: { weight_averaging: { decay: 0.95 } },
  batchnorm: { batchnorm_reestimation: {} },
  oscillation: { oscillation_freezing: { decay: 0.9 } },
} as const
type OptionName = keyof typeof OPTIONS
export type Method = (typeof METHODS)[number] | OptionName
const isOption = (name: string): name is OptionName => Object.hasOwn(OPTIONS, name)
export const METHOD_NAMES: readonly Method[] = [...METHODS, ...Object.keys(OPTIONS).filter(isOption)]

const WIDTH_OPTIMIZER = { type: 'SGD', base_lr: 0.02, optimizer_params: { momentum: 0.9 }, weight_decay: 1e-4, schedule_type: 'cosine' }
const BOUNDS = { min: 2, max: 8 }

/** The part of a configuration in which the ways differ. */
export function compressed(method: Method, rate: number, { epochs }: { readonly epochs: number }): object {
  const training = { epochs, optimizer: WIDTH_OPTIMIZER }
  const section = { overflow_fix: 'disable' }
  if (method === 'uniform') {
    const bit_widths = { weight_bits: Math.max(BOUNDS.min, Math.floor(8 / rate)), activation_bits: 8 }
    return { ...training, compression: { ...section, algorithm: 'quantization', bit_widths } }
  }
  const freeze_epoch = freezeEpochBy(EIGHTY_TWENTY, { epochs, start_epoch: 0 }) ?? 0
  const loss = { type: 'model_size', compression_rate: rate, criteria: 'L1', alpha: 40 }
  const learned = { ...section, algorithm: 'fracbits_quantization', freeze_epoch, loss, bit_widths: BOUNDS }
  if (method === 'nncf') return { ...training, compatibility: 'nncf', compression: learned }
  if (!isOption(method)) return { ...training, compression: { ...learned, rounding: method } }
  const option = OPTIONS[method]
  return { ...training, compression: { ...learned, rounding: 'exact', ...option, ...('bit_widths' in option ? { bit_widths: { ...BOUNDS, ...option.bit_widths } } : {}) } }
}
