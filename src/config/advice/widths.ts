import { trainImagesOf } from '../dataset-knowledge'
import { EIGHTY_TWENTY, freezeEpochBy } from '../width-schedule'
import { learning, type Remedy, type Rule, set, shown } from './advice'

/** Divides the epochs 80/20; with more of them where there are too few. */
function freezeInTime(epochs: number, start: number): Remedy {
  const at = freezeEpochBy(EIGHTY_TWENTY, { epochs, start_epoch: start })
  if (at !== null) return { label: `Freeze at epoch ${String(at)}`, edits: [set('compression.freeze_epoch', at)] }
  const enough = start + 2
  return {
    label: `Train ${String(enough)} epochs and freeze at epoch ${String(start + 1)}`,
    edits: [set('epochs', enough), set('compression.freeze_epoch', start + 1)],
  }
}

export const freezeNever: Rule = (config) => {
  const { epochs } = config
  const freeze = learning(config)?.freeze_epoch
  if (freeze === undefined || (freeze >= 0 && freeze < epochs)) return null
  const tooLate =
    freeze < 0
      ? 'A negative freeze epoch never comes.'
      : `Epochs are counted from 0, so the last one is ${String(epochs - 1)}, and epoch ${String(freeze)} never begins.`
  return {
    code: 'freeze-never',
    path: 'compression.freeze_epoch',
    title: 'The bit-widths are never frozen',
    reason: `${tooLate} The widths are then rounded only after the training, and the network cannot adapt to the rounding.`,
    remedy: freezeInTime(epochs, config.start_epoch),
  }
}

export const freezeAtOnce: Rule = (config) => {
  const freeze = learning(config)?.freeze_epoch
  if (freeze === undefined || freeze < 0 || freeze > config.start_epoch || freeze >= config.epochs) return null
  return {
    code: 'freeze-at-once',
    path: 'compression.freeze_epoch',
    title: 'The bit-widths are frozen before they have learned anything',
    reason: `They are rounded at the start of epoch ${String(freeze)}, which is where the training begins.`,
    remedy: freezeInTime(config.epochs, config.start_epoch),
  }
}

const DEFAULT_BITS = 8

/** Smallest and largest rate that the bounds of the widths allow: those that are given, else half to one and a half times the initial width. */
function reachable(config: Parameters<Rule>[0], facts: Parameters<Rule>[1]): { lowest: number; highest: number; minBits: number; maxBits: number } | null {
  const compression = learning(config)
  if (compression === null) return null
  const of = (bits: number | undefined): { low: number; high: number; bits: number } => {
    const start = bits ?? DEFAULT_BITS
    const { min = Math.trunc(0.5 * start), max = Math.trunc(1.5 * start) } = compression.bit_widths ?? {}
    return { bits: start, low: start / max, high: start / min }
  }
  const weights = of(compression.weights.bits)
  const minBits = compression.bit_widths?.min ?? Math.trunc(0.5 * weights.bits)
  const maxBits = compression.bit_widths?.max ?? Math.trunc(1.5 * weights.bits)
  if (compression.loss.type === 'bitops') {
    const activations = of(compression.activations.bits)
    return { lowest: weights.low * activations.low, highest: weights.high * activations.high, minBits, maxBits }
  }
  const size = facts.network?.size
  if (size !== undefined && size.smallest > 0) return { lowest: size.initial / size.largest, highest: size.initial / size.smallest, minBits, maxBits }
  return { lowest: weights.low, highest: weights.high, minBits, maxBits }
}

/** The bound itself would need every layer at its smallest width. */
const MARGIN = 0.95

export const rateOutOfReach: Rule = (config, facts) => {
  const { type, compression_rate: rate, size_bytes: bytes } = learning(config)?.loss ?? {}
  // What a table costs, and what a size in bytes comes to, the rate does not say.
  if (type === 'hardware' || (type === 'model_size' && bytes !== undefined)) return null
  const range = reachable(config, facts)
  if (rate === undefined || range === null || (rate >= range.lowest && rate <= range.highest)) return null
  const tooHigh = rate > range.highest
  const better = tooHigh ? Math.floor(range.highest * MARGIN * 100) / 100 : Math.ceil((range.lowest / MARGIN) * 100) / 100
  const limit = tooHigh
    ? `Widths fall to ${String(range.minBits)} bits at most, so the rate cannot exceed ${shown(range.highest)}`
    : `Widths grow to ${String(range.maxBits)} bits at most, so the rate cannot fall below ${shown(range.lowest)}`
  return {
    code: 'rate-out-of-reach',
    path: 'compression.loss.compression_rate',
    title: `A rate of ${shown(rate)} cannot be reached`,
    reason: `${limit}. The pull towards the target would never end, at the cost of accuracy.`,
    remedy: { label: `Aim at ${shown(better)}`, edits: [set('compression.loss.compression_rate', better)] },
  }
}

/** Bits between where widths start and where the target has them, on average. */
function wayToTarget({ weights, bit_widths: options, loss }: NonNullable<ReturnType<typeof learning>>): number {
  const target = (weights.bits ?? DEFAULT_BITS) / loss.compression_rate
  const start = options?.initial ?? (options?.start_at_target === true ? target + 0.5 : (weights.bits ?? DEFAULT_BITS))
  return Math.abs(start - target)
}

/** Share of all weights squared and summed, where the network is not known: about ten layers of one size. */
const USUAL_CONCENTRATION = 0.1
/** Mean of the schedule over the training, beside its start. */
const MEAN_RATE: Readonly<Record<string, number>> = { cosine: 0.5, poly: 0.5 }

/**
 * Steps until the widths have reached the target if nothing pulled the other way. At the initial widths b the gradient of the rate with respect to
 * one width is its share of the weights / b, so a step of SGD lowers the mean width by rate x alpha x (sum of shares squared) / b.
 */
function stepsNeeded(config: Parameters<Rule>[0], facts: Parameters<Rule>[1], alpha: number): number {
  const compression = learning(config)
  if (compression === null) return 0
  const { optimizer } = config
  const bits = compression.weights.bits ?? DEFAULT_BITS
  const { compression_rate: target, criteria } = compression.loss
  const way = wayToTarget(compression)
  const factor = compression.compression_lr_multiplier ?? config.compression_lr_multiplier ?? 1
  // The sample's momentum counts only where no options are given at all.
  const momentum = optimizer.optimizer_params === undefined ? 0.9 : (optimizer.optimizer_params.momentum ?? 0)
  const force = alpha * factor * (criteria === 'L2' ? Math.abs(target - 1) : 1)
  const rate = (optimizer.base_lr * (MEAN_RATE[optimizer.schedule_type] ?? 1)) / (1 - Math.min(0.99, momentum))
  const concentration = facts.network?.concentration ?? 0
  return way / ((rate * force * (concentration > 0 ? concentration : USUAL_CONCENTRATION)) / bits)
}

/** Steps before the widths are frozen; null where the number of images is not known. */
function stepsToLearn(config: Parameters<Rule>[0]): number | null {
  const images = trainImagesOf(config)
  const freeze = learning(config)?.freeze_epoch ?? -1
  if (images === null) return null
  const epochs = freeze > config.start_epoch && freeze < config.epochs ? freeze - config.start_epoch : config.epochs - config.start_epoch
  return Math.floor(images / config.batch_size) * Math.max(1, epochs)
}

/** The task pulls the other way: so many times the force that would just do. */
const RESERVE = 4

export const alphaTooSmall: Rule = (config, facts) => {
  const loss = learning(config)?.loss
  if (loss === undefined || loss.size_bytes !== undefined || loss.compression_rate === 1 || config.optimizer.type.toLowerCase() !== 'sgd') return null
  const steps = stepsToLearn(config)
  if (loss.alpha > 0 && (steps === null || steps === 0)) return null
  const needed = loss.alpha === 0 ? Infinity : stepsNeeded(config, facts, loss.alpha)
  if (steps !== null && needed <= steps) return null
  const better = steps === null || steps === 0 ? 10 : Math.ceil(Number(((stepsNeeded(config, facts, 1) / steps) * RESERVE).toPrecision(2)))
  const why =
    loss.alpha === 0
      ? 'With alpha 0 nothing pulls the widths towards the target.'
      : `With alpha ${shown(loss.alpha)} and this learning rate the widths need about ${Math.round(needed).toLocaleString('en')} steps to reach a rate of ${shown(loss.compression_rate)}, but have ${(steps ?? 0).toLocaleString('en')} before they are frozen.`
  return {
    code: 'alpha-too-small',
    path: 'compression.loss.alpha',
    title: 'Alpha is too small for the target',
    reason: why,
    remedy: { label: `Set alpha to ${String(better)}`, edits: [set('compression.loss.alpha', better)] },
  }
}

/** Adam moves a width by about the learning rate a step, however strong the pull is. */
export const widthsTooSlow: Rule = (config) => {
  const compression = learning(config)
  const steps = stepsToLearn(config)
  if (compression === null || compression.loss.size_bytes !== undefined || steps === null || steps === 0 || config.optimizer.type.toLowerCase() !== 'adam') return null
  const way = wayToTarget(compression)
  const rate = config.optimizer.base_lr * (MEAN_RATE[config.optimizer.schedule_type] ?? 1)
  if (way <= rate * steps) return null
  const better = Number(((way / steps) * 1.5 * (config.optimizer.base_lr / rate)).toPrecision(1))
  return {
    code: 'widths-too-slow',
    path: 'optimizer.base_lr',
    title: 'The widths cannot reach the target in time',
    reason: `Adam moves a width by about the learning rate a step: ${steps.toLocaleString('en')} steps of ${shown(rate)} are ${shown(rate * steps)} bits, and the target is ${shown(way)} bits away.`,
    remedy: { label: `Set the learning rate to ${String(better)}`, edits: [set('optimizer.base_lr', better)] },
  }
}

export const halfRange: Rule = (config) => {
  const { compression, target_device: device } = config
  if (compression === undefined || compression.overflow_fix === 'disable' || device === 'TRIAL') return null
  const which = compression.overflow_fix === 'enable' ? '8-bit weights' : 'The 8-bit weights of the first layer'
  return {
    code: 'half-range',
    path: 'compression.overflow_fix',
    title: `${which} have only the levels of 7 bits`,
    reason: `overflow_fix is "${compression.overflow_fix}", against overflow in CPUs without VNNI. The size counts 8 bits all the same, and a bit of accuracy is lost.`,
    remedy: { label: 'Use all levels', edits: [set('compression.overflow_fix', 'disable')] },
  }
}
