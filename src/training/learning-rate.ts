import type { OptimizerConfig } from '../contract/training-config'

export interface ScheduleState {
  /** As the original: decays take effect one epoch after their nominal one (spec 10.3). */
  readonly decayOneEpochLate: boolean
  /** Validation accuracy of each finished epoch of the stage in percent, null where it was not measured. What `plateau` goes by. */
  readonly accuracies: readonly (number | null)[]
}

const ON_TIME: ScheduleState = { decayOneEpochLate: false, accuracies: [] }

/**
 * Learning rate at a moment of a stage of `epochs` epochs; `epochFraction` counts epochs from 0, with a fraction for the steps within one.
 * `step`, `multistep`, `exponential`, `poly` and `plateau` change between epochs (spec 10.3);
 * `cosine` falls to 0 at every step, after a linear rise from 0 over `warmup_epochs`.
 */
export function learningRate(config: OptimizerConfig, epochs: number, epochFraction: number, state: ScheduleState = ON_TIME): number {
  const nominal = Math.floor(epochFraction)
  const epoch = state.decayOneEpochLate ? Math.max(0, nominal - 1) : nominal
  switch (config.schedule_type) {
    case 'step':
      return config.base_lr * config.gamma ** Math.floor(epoch / config.step)
    case 'multistep':
      return config.base_lr * config.gamma ** (config.steps ?? []).filter((milestone) => milestone <= epoch).length
    case 'exponential':
      return config.base_lr * config.gamma ** epoch
    case 'poly':
      return config.base_lr * Math.max(0, 1 - epoch / epochs) ** (scheduleParams(config).power ?? config.power ?? DEFAULT_POWER)
    case 'plateau':
      return plateauRate(config, state.decayOneEpochLate ? bestBefore(state.accuracies.slice(0, nominal)) : state.accuracies.slice(0, nominal))
    case 'cosine':
      return config.base_lr * warmCosine(epochFraction, epochs, config.warmup_epochs)
  }
}

const DEFAULT_POWER = 0.9

const scheduleParams = (config: OptimizerConfig): NonNullable<OptimizerConfig['schedule_params']> => config.schedule_params ?? config.scheduler_params ?? {}

/** The best accuracy before each epoch: what the original hands to `plateau`, since it validates only afterwards. */
function bestBefore(accuracies: readonly (number | null)[]): number[] {
  return accuracies.map((_, epoch) => accuracies.slice(0, epoch).reduce<number>((best, value) => Math.max(best, value ?? 0), 0))
}

/** torch's ReduceLROnPlateau after it has seen `measured`, one value an epoch; defaults as the sample's: maximum, absolute threshold 0.1. */
function plateauRate(config: OptimizerConfig, measured: readonly (number | null)[]): number {
  const { mode = 'max', patience = 10, threshold = 0.1, threshold_mode = 'abs', cooldown = 0, min_lr = 0, eps = 1e-8 } = scheduleParams(config)
  const direction = mode === 'max' ? 1 : -1
  let rate = config.base_lr
  let best = -direction * Infinity
  let badEpochs = 0
  let cooling = 0
  for (const value of measured) {
    if (value === null) continue
    const margin = threshold_mode === 'abs' ? threshold : Math.abs(best) * threshold
    if (!Number.isFinite(best) || direction * (value - best) > margin) {
      best = value
      badEpochs = 0
    } else badEpochs += 1
    if (cooling > 0) {
      cooling -= 1
      badEpochs = 0
    }
    if (badEpochs <= patience) continue
    const lowered = Math.max(rate * config.gamma, min_lr)
    if (rate - lowered > eps) rate = lowered
    cooling = cooldown
    badEpochs = 0
  }
  return rate
}

function warmCosine(moment: number, epochs: number, warmupEpochs: number): number {
  if (moment < warmupEpochs) return moment / warmupEpochs
  const length = epochs - warmupEpochs
  const progress = length > 0 ? Math.min(1, (moment - warmupEpochs) / length) : 0
  return (1 + Math.cos(Math.PI * progress)) / 2
}
