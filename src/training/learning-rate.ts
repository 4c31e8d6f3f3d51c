import type { OptimizerConfig } from '../contract/training-config'

/**
 * Learning rate at a moment of a stage of `epochs` epochs; `epochFraction` counts epochs from 0, with a fraction for the steps within one.
 * `step`, `multistep`, `exponential` and `poly` change between epochs (spec 10.3, with the decay at its nominal epoch);
 * `cosine` falls to 0 at every step, after a linear rise from 0 over `warmup_epochs`.
 */
export function learningRate(config: OptimizerConfig, epochs: number, epochFraction: number): number {
  const epoch = Math.floor(epochFraction)
  switch (config.schedule_type) {
    case 'step':
      return config.base_lr * config.gamma ** Math.floor(epoch / config.step)
    case 'multistep':
      return config.base_lr * config.gamma ** (config.steps ?? []).filter((milestone) => milestone <= epoch).length
    case 'exponential':
      return config.base_lr * config.gamma ** epoch
    case 'poly':
      return config.base_lr * Math.max(0, 1 - epoch / epochs) ** config.power
    case 'cosine':
      return config.base_lr * warmCosine(epochFraction, epochs, config.warmup_epochs)
  }
}

function warmCosine(moment: number, epochs: number, warmupEpochs: number): number {
  if (moment < warmupEpochs) return moment / warmupEpochs
  const length = epochs - warmupEpochs
  const progress = length > 0 ? Math.min(1, (moment - warmupEpochs) / length) : 0
  return (1 + Math.cos(Math.PI * progress)) / 2
}
