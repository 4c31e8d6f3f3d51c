import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { NetworkOutline } from '../../contract/configurations'
import type { TrainingConfig } from '../../contract/training-config'
import { readConfigText } from '../config-text'
import { type ValueEdit, withValues } from '../edit-text'
import type { AdviceFacts } from './advice'
import { adviceOn } from './index'

const GOOD = readFileSync(join(import.meta.dirname, '../../../configs/demo-fashion-mnist.jsonc'), 'utf8')

function parsed(text: string): TrainingConfig {
  const { config, issues } = readConfigText(text)
  if (config === null) throw new Error(JSON.stringify(issues))
  return config
}
/** The demo with some values changed. */
const changed = (changes: Record<string, unknown>): string =>
  withValues(
    GOOD,
    Object.entries(changes).map(([path, value]): ValueEdit => ({ path: path.split('.'), value })),
  )
const codesOf = (text: string, facts?: AdviceFacts): string[] => adviceOn(parsed(text), facts).map(({ code }) => code)

/** The one piece of advice with this code; its remedy must settle it, and bring up nothing else. */
function expectAdvice(changes: Record<string, unknown>, code: string, facts?: AdviceFacts) {
  const text = changed(changes)
  const advice = adviceOn(parsed(text), facts)
  expect(advice.map((one) => one.code)).toEqual([code])
  const [one] = advice
  if (one === undefined) throw new Error('no advice')
  expect(codesOf(withValues(text, one.remedy.edits), facts)).toEqual([])
  return { title: one.title, reason: one.reason, path: one.path, label: one.remedy.label }
}

describe('advice', () => {
  /** Published experiments are shipped as they were published, shortcomings included; the person is told. */
  const ofPublished: Readonly<Record<string, readonly string[]>> = {
    'inception_v3_imagenet_fracbits.jsonc': ['freeze-never', 'decay-never'],
    'inception_v3_imagenet_int8.jsonc': ['decay-never'],
    'mobilenet_v2_32x32_cifar100_fracbits.jsonc': ['random-start'],
    'mobilenet_v2_32x32_cifar100_int8.jsonc': ['decay-never'],
    'mobilenet_v2_imagenet_fracbits.jsonc': ['decay-never'],
    'mobilenet_v2_imagenet_int8.jsonc': ['decay-never'],
    'resnet50_imagenet_fracbits.jsonc': ['freeze-never'],
  }
  it.each(readdirSync(join(import.meta.dirname, '../../../configs')).filter((name) => name.endsWith('.jsonc')))(
    'of the shipped %s is nothing new',
    (name) => {
      expect(codesOf(readFileSync(join(import.meta.dirname, '../../../configs', name), 'utf8'))).toEqual(ofPublished[name] ?? [])
    },
  )

  it('freezing that never comes, behind the last epoch or negative', () => {
    const late = expectAdvice({ 'compression.freeze_epoch': 3 }, 'freeze-never')
    expect(late.reason).toContain('the last one is 2, and epoch 3 never begins')
    expect(late.label).toBe('Freeze at epoch 2')
    expect(expectAdvice({ 'compression.freeze_epoch': -1 }, 'freeze-never').reason).toContain('negative')
    expect(expectAdvice({ epochs: 1, 'compression.freeze_epoch': 1 }, 'freeze-never').label).toBe('Train 2 epochs and freeze at epoch 1')
    expect(expectAdvice({ epochs: 10, 'compression.freeze_epoch': -1 }, 'freeze-never').label).toBe('Freeze at epoch 8')
    expect(codesOf(changed({ 'compression.freeze_epoch': 1 }))).toEqual([])
  })

  it('freezing before anything was learned', () => {
    expect(expectAdvice({ 'compression.freeze_epoch': 0 }, 'freeze-at-once').label).toBe('Freeze at epoch 2')
  })

  it('a rate beyond the bounds of the widths, above and below', () => {
    const high = expectAdvice({ 'compression.loss.compression_rate': 2.5 }, 'rate-out-of-reach')
    expect(high.reason).toContain('Widths fall to 4 bits at most, so the rate cannot exceed 2')
    expect(high.label).toBe('Aim at 1.9')
    expect(expectAdvice({ 'compression.loss.compression_rate': 0.6 }, 'rate-out-of-reach').reason).toContain('cannot fall below 0.667')
    expect(codesOf(changed({ 'compression.loss.compression_rate': 2 }))).toEqual([])
    expect(codesOf(changed({ 'compression.loss.compression_rate': 3.5, 'compression.bit_widths': { min: 2, max: 8 } }))).toEqual([])
    expect(expectAdvice({ 'compression.loss.compression_rate': 4.5, 'compression.bit_widths': { min: 2, max: 8 } }, 'rate-out-of-reach').reason).toContain('Widths fall to 2 bits at most')
    expect(codesOf(changed({ 'compression.loss.size_bytes': 1 }))).toEqual([])
    expect(codesOf(changed({ 'compression.loss.compression_rate': 3.5, 'compression.loss.type': 'bitops' }))).toEqual([])
    expect(codesOf(changed({ 'compression.loss.compression_rate': 4.5, 'compression.loss.type': 'bitops' }))).toEqual(['rate-out-of-reach'])
  })

  it('takes exact bounds from the network where it is known', () => {
    const network: NetworkOutline = {
      layers: [],
      input: null,
      parameterCount: 1,
      macs: 1,
      multiplications: [],
      quantizerCount: 1,
      size: { fp32: 320, initial: 80, smallest: 60, largest: 90, target: null },
      bitOperations: { initial: 0, smallest: 0, largest: 0, target: null },
      concentration: 0.5,
    }
    expect(codesOf(GOOD, { network })).toEqual(['rate-out-of-reach'])
  })

  it('an alpha that is too small to reach the target in time', () => {
    const { reason } = expectAdvice({ 'compression.loss.alpha': 0.05 }, 'alpha-too-small')
    expect(reason).toMatch(/With alpha 0\.05 .* need about [\d,]+ steps .* but have 936 before/)
    expect(expectAdvice({ 'compression.loss.alpha': 0 }, 'alpha-too-small').reason).toContain('nothing pulls')
  })

  it('a learning rate with which Adam cannot move the widths far enough', () => {
    const { reason } = expectAdvice(
      { 'optimizer.type': 'adam', 'optimizer.base_lr': 5e-5, 'optimizer.optimizer_params': undefined, epochs: 30, 'compression.freeze_epoch': 20 },
      'widths-too-slow',
    )
    expect(reason).toContain('9,360 steps')
  })

  it('a batch larger than the data, counted with the limit', () => {
    const { reason, label } = expectAdvice({ data_limit: { train: 1000 }, batch_size: 1024, 'compression.loss.alpha': 100 }, 'batch-too-large')
    expect(reason).toContain('only 1000')
    expect(label).toBe('Use batches of 64')
  })

  it('images that the data set does not have', () => {
    const { path, label } = expectAdvice({ 'input_info.sample_size': [1, 3, 224, 224] }, 'image-misfit')
    expect(path).toBe('input_info.sample_size')
    expect(label).toBe('Take images of 28 x 28 with 1 channel')
    expect(codesOf(changed({ 'input_info.sample_size': [1, 3, 32, 32] }))).toEqual([])
  })

  it('images that the model is not made for', () => {
    expect(expectAdvice({ model: 'mobilenet_v2', 'input_info.sample_size': [1, 3, 32, 32] }, 'image-misfit').label).toBe('Use mobilenet_v2_32x32')
    expect(expectAdvice({ dataset: 'folder', 'input_info.sample_size': [1, 3, 224, 224] }, 'image-misfit').label).toBe('Use resnet18')
    expect(expectAdvice({ dataset: 'folder', model: 'inception_v3', 'input_info.sample_size': [1, 3, 64, 64] }, 'image-misfit').label).toBe(
      'Take images of 299 x 299',
    )
  })

  it('more or fewer classes than the data set has', () => {
    expect(expectAdvice({ num_classes: 1000 }, 'classes-misfit').label).toBe('Use 10 classes')
    expect(expectAdvice({ num_classes: 5 }, 'classes-misfit').reason).toContain('refused')
  })

  it('8-bit weights that have the levels of 7 bits', () => {
    expect(expectAdvice({ 'compression.overflow_fix': 'enable' }, 'half-range').title).toContain('7 bits')
    expect(expectAdvice({ 'compression.overflow_fix': 'first_layer_only' }, 'half-range').title).toContain('first layer')
    expect(codesOf(changed({ 'compression.overflow_fix': 'enable', target_device: 'TRIAL' }))).toEqual([])
  })

  it('a learning rate far off, in either stage', () => {
    expect(expectAdvice({ 'optimizer.base_lr': 5 }, 'learning-rate-far-off')).toMatchObject({
      path: 'optimizer.base_lr',
      title: 'The learning rate is very high',
    })
    expect(expectAdvice({ 'pretraining.optimizer.base_lr': 1e-5 }, 'learning-rate-far-off')).toMatchObject({
      path: 'pretraining.optimizer.base_lr',
      label: 'Use 0.05',
    })
  })

  it('a schedule whose steps lie behind the end', () => {
    expect(expectAdvice({ 'optimizer.schedule_type': 'multistep', 'optimizer.steps': [30, 60] }, 'decay-never').reason).toContain(
      'epoch 30, but the last epoch is 2',
    )
  })

  it('compression of a network that has learned nothing', () => {
    expect(expectAdvice({ pretraining: undefined }, 'random-start').label).toBe('Train 5 epochs in FP32 first')
    expect(codesOf(changed({ pretraining: undefined, weights: '/w.pth' }))).toEqual([])
  })

  it('says nothing of learning where a run only tests', () => {
    expect(codesOf(changed({ mode: 'test', 'optimizer.base_lr': 50, 'compression.freeze_epoch': -1 }))).toEqual([])
  })
})
