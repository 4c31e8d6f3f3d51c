import type { TrainingConfig } from '../../contract/training-config'
import { type Advice, learning, plain, type Rule, set, shown } from './advice'

/** What is usual at a batch of 256 images; SGD's rate grows with the batch. */
const USUAL = { sgd: { scratch: 0.1, tuning: 0.01 }, adam: { scratch: 1e-3, tuning: 1e-4 } } as const
const TOO_HIGH = 20
const TOO_LOW = 1 / 200

const isTrainedBefore = ({ pretraining, weights, pretrained, resuming_checkpoint_path }: TrainingConfig): boolean =>
  pretraining !== undefined || weights !== undefined || pretrained === true || resuming_checkpoint_path !== undefined

function farOff(config: TrainingConfig, path: string, optimizer: TrainingConfig['optimizer'], stage: 'scratch' | 'tuning'): Advice | null {
  const isSgd = optimizer.type.toLowerCase() === 'sgd'
  const usual = isSgd ? (USUAL.sgd[stage] * config.batch_size) / 256 : USUAL.adam[stage]
  const ratio = optimizer.base_lr / usual
  if (ratio <= TOO_HIGH && ratio >= TOO_LOW) return null
  const name = isSgd ? 'SGD' : 'Adam'
  const at = isSgd ? ` in batches of ${String(config.batch_size)}` : ''
  const what = stage === 'scratch' ? 'training from random weights' : 'fine-tuning'
  return {
    code: 'learning-rate-far-off',
    path: `${path}.base_lr`,
    title: `The learning rate is ${ratio > 1 ? 'very high' : 'very low'}`,
    reason: `${shown(optimizer.base_lr)} is ${shown(ratio > 1 ? ratio : 1 / ratio)} times ${ratio > 1 ? 'above' : 'below'} what is usual for ${name} in ${what}${at}. ${ratio > 1 ? 'The loss will probably grow without end.' : 'The network will hardly learn.'}`,
    remedy: { label: `Use ${String(plain(usual))}`, edits: [set(`${path}.base_lr`, plain(usual))] },
  }
}

export const learningRateFarOff: Rule = (config) =>
  (config.pretraining === undefined ? null : farOff(config, 'pretraining.optimizer', config.pretraining.optimizer, 'scratch')) ??
  farOff(config, 'optimizer', config.optimizer, isTrainedBefore(config) ? 'tuning' : 'scratch')

export const decayNever: Rule = (config) => {
  const { schedule_type, steps } = config.optimizer
  const last = config.epochs - 1
  if (schedule_type !== 'multistep' || (steps ?? []).some((step) => step <= last)) return null
  const better = [Math.max(1, Math.round(config.epochs * 0.5)), Math.max(1, Math.round(config.epochs * 0.8))].filter(
    (step, index, all) => all.indexOf(step) === index,
  )
  return {
    code: 'decay-never',
    path: 'optimizer.steps',
    title: 'The learning rate never falls',
    reason:
      steps === undefined || steps.length === 0
        ? 'The schedule multistep lowers it at the epochs given as steps, and there are none.'
        : `The first step is at epoch ${String(Math.min(...steps))}, but the last epoch is ${String(last)}.`,
    remedy: { label: `Lower it at epoch ${better.join(' and ')}`, edits: [set('optimizer.steps', better)] },
  }
}

export const randomStart: Rule = (config) => {
  if (learning(config) === null || isTrainedBefore(config) || config.start_epoch > 0) return null
  const rate = plain((USUAL.sgd.scratch * config.batch_size) / 256)
  const optimizer = { type: 'SGD', base_lr: rate, optimizer_params: { momentum: 0.9 }, schedule_type: 'cosine' }
  return {
    code: 'random-start',
    path: 'pretraining',
    title: 'Compression starts from random weights',
    reason: 'Ranges and widths are fitted to a network that has learned nothing yet. Train it in FP32 first, or give weights.',
    remedy: { label: 'Train 5 epochs in FP32 first', edits: [set('pretraining', { epochs: 5, optimizer })] },
  }
}
