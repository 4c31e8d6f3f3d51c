import type { ModelName } from '../../contract/models'
import { inputSizeOf, type TrainingConfig } from '../../contract/training-config'
import { DATASET_KNOWLEDGE, trainImagesOf } from '../dataset-knowledge'
import { type Advice, type Rule, set } from './advice'

/** The largest power of two that gives an epoch at least this many steps. */
const STEPS_AN_EPOCH = 8

export const batchTooLarge: Rule = (config) => {
  const images = trainImagesOf(config)
  if (images === null || config.batch_size <= images) return null
  const better = 2 ** Math.floor(Math.log2(Math.max(1, images / STEPS_AN_EPOCH)))
  return {
    code: 'batch-too-large',
    path: 'batch_size',
    title: 'A batch is larger than the data',
    reason: `A batch takes ${String(config.batch_size)} images, but there are only ${String(images)} to train on, so that not even one batch can be filled.`,
    remedy: { label: `Use batches of ${String(better)}`, edits: [set('batch_size', better)] },
  }
}

/** `smallest`: below it hardly anything of the image is left; `usual`: what it was made for. `swap`: the model for the other kind of image. */
const FITS: Readonly<Record<ModelName, { smallest: number; largest: number; usual: number; swap: ModelName | null }>> = {
  mobilenet_v2: { smallest: 64, largest: Infinity, usual: 224, swap: 'mobilenet_v2_32x32' },
  mobilenet_v2_32x32: { smallest: 16, largest: 96, usual: 32, swap: 'mobilenet_v2' },
  resnet18: { smallest: 64, largest: Infinity, usual: 224, swap: 'resnet20' },
  resnet20: { smallest: 16, largest: 96, usual: 32, swap: 'resnet18' },
  resnet50: { smallest: 64, largest: Infinity, usual: 224, swap: 'resnet20' },
  inception_v3: { smallest: 75, largest: Infinity, usual: 299, swap: null },
}

const sampleSize = (config: TrainingConfig, channels: number, height: number, width: number) => {
  const info = Array.isArray(config.input_info) ? config.input_info[0] : config.input_info
  return set('input_info.sample_size', [info?.sample_size[0] ?? 1, channels, height, width])
}

function datasetMisfit(config: TrainingConfig): Advice | null {
  const image = DATASET_KNOWLEDGE[config.dataset].image
  if (image === null) return null
  const { height, width, channels } = inputSizeOf(config)
  const sizes = image.height === 28 ? [28, 32] : [image.height]
  const fits = height === width && sizes.includes(height) && (channels === image.channels || (image.channels === 1 && channels === 3))
  if (fits) return null
  const wanted = `${String(image.height)} x ${String(image.width)} with ${String(image.channels)} channel${image.channels === 1 ? '' : 's'}`
  return {
    code: 'image-misfit',
    path: 'input_info.sample_size',
    title: `The network takes other images than ${config.dataset} has`,
    reason: `Images of ${config.dataset} are ${wanted}; the network is set up for ${String(height)} x ${String(width)} with ${String(channels)}.`,
    remedy: { label: `Take images of ${wanted}`, edits: [sampleSize(config, image.channels, image.height, image.width)] },
  }
}

function modelMisfit(config: TrainingConfig): Advice | null {
  const { height, width, channels } = inputSizeOf(config)
  const { smallest, largest, usual, swap } = FITS[config.model]
  const edge = Math.min(height, width)
  if (edge >= smallest && edge <= largest) return null
  const small = edge < smallest
  return {
    code: 'image-misfit',
    path: 'model',
    title: `${config.model} is not made for images of ${String(height)} x ${String(width)}`,
    reason: small
      ? `It was made for about ${String(usual)} x ${String(usual)} and shrinks an image so often that hardly anything is left of one this small.`
      : `It was made for about ${String(usual)} x ${String(usual)}; on images this large it is slow, and sees only small parts of them.`,
    remedy:
      swap === null
        ? { label: `Take images of ${String(usual)} x ${String(usual)}`, edits: [sampleSize(config, channels, usual, usual)] }
        : { label: `Use ${swap}`, edits: [set('model', swap)] },
  }
}

export const imageMisfit: Rule = (config) => datasetMisfit(config) ?? modelMisfit(config)

export const classesMisfit: Rule = (config) => {
  const { classes } = DATASET_KNOWLEDGE[config.dataset]
  if (classes === null || config.num_classes === classes) return null
  return {
    code: 'classes-misfit',
    path: 'num_classes',
    title: `${config.dataset} has ${String(classes)} classes, the network ${String(config.num_classes)}`,
    reason:
      config.num_classes < classes
        ? 'Images of the other classes could not be learned, and the run would be refused.'
        : 'The outputs without a class cost size and time, and the network has to learn never to choose them.',
    remedy: { label: `Use ${String(classes)} classes`, edits: [set('num_classes', classes)] },
  }
}
