import type { OptimizerConfig, TrainingConfig } from '../contract/training-config'

/** One part of a run that trains with one optimizer. */
export interface Stage {
  readonly kind: 'float' | 'width'
  readonly epochs: number
  readonly optimizer: OptimizerConfig
  /** Zero-based epoch at whose start widths are frozen; null never during training. */
  readonly freezeEpoch: number | null
}

export interface RunPlan {
  readonly stages: readonly Stage[]
  readonly stepsPerEpoch: number
  readonly totalSteps: number
}

/** FP32 training first where it is asked for, then the learned or fixed widths; without a compression section, FP32 training alone. */
export function planRun(config: TrainingConfig, trainImages: number): RunPlan {
  const stages: Stage[] = []
  if (config.pretraining) stages.push({ kind: 'float', epochs: config.pretraining.epochs, optimizer: config.pretraining.optimizer, freezeEpoch: null })
  if (config.compression) {
    const learned = config.compression.algorithm === 'fracbits_quantization'
    const freezeEpoch = !learned || config.compression.freeze_epoch < 0 ? null : config.compression.freeze_epoch
    stages.push({ kind: 'width', epochs: config.epochs, optimizer: config.optimizer, freezeEpoch })
  } else {
    stages.push({ kind: 'float', epochs: config.epochs, optimizer: config.optimizer, freezeEpoch: null })
  }
  const stepsPerEpoch = Math.floor(trainImages / config.batch_size)
  return { stages, stepsPerEpoch, totalSteps: stages.reduce((sum, stage) => sum + stage.epochs, 0) * stepsPerEpoch }
}

/** Where a run stands: the next step to take. */
export interface RunPosition {
  readonly stage: number
  readonly epoch: number
  /** Within the epoch. */
  readonly step: number
}

export function globalStep(plan: RunPlan, position: RunPosition): number {
  const before = plan.stages.slice(0, position.stage).reduce((sum, stage) => sum + stage.epochs, 0)
  return (before + position.epoch) * plan.stepsPerEpoch + position.step
}
