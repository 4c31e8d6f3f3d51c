import { describe, expect, it } from 'vitest'
import { readConfigText } from '../../../../src/config/config-text'
import { makeDataset } from '../../test-support/scripted-engine'
import { configForDataset } from './config-for-dataset'

const PRESET = `{
  "name": "My photos", // kept
  "model": "resnet20", "num_classes": 2, "input_info": { "sample_size": [1, 3, 64, 64] }, "dataset": "folder", "batch_size": 32, "epochs": 1
}`
const configOf = (dataset: Parameters<typeof makeDataset>[0]) => readConfigText(configForDataset(PRESET, makeDataset(dataset))).config

describe('a configuration for a data set', () => {
  it('keeps the comments', () => expect(configForDataset(PRESET, makeDataset({ name: 'Bags' }))).toContain('"name": "Bags", // kept'))

  it('has the classes of its folders and a batch that gives an epoch some steps', () => {
    const photos = { name: 'Bags', layout: 'class-folders', classes: 3, images: 60, splitCounts: { train: 0, validation: 0, all: 60 } } as const
    expect(configOf(photos)).toMatchObject({ name: 'Bags', dataset: 'folder', num_classes: 3, batch_size: 12, input_info: { sample_size: [1, 3, 64, 64] } })
    expect(configOf({ ...photos, layout: 'split-folders', images: 5000, splitCounts: { train: 4000, validation: 1000, all: 0 } })).toMatchObject({ dataset: 'folder', batch_size: 32 })
    expect(configOf({ ...photos, images: 3 })).toMatchObject({ batch_size: 1 })
  })

  it('has the kind and the image size of a packed one', () => {
    const split = { train: 60_000, validation: 10_000, all: 0 }
    expect(configOf({ layout: 'mnist', classes: 10, images: 70_000, splitCounts: split })).toMatchObject({ dataset: 'mnist', num_classes: 10, input_info: { sample_size: [1, 1, 28, 28] } })
    expect(configOf({ layout: 'cifar10', classes: 10, images: 60_000, splitCounts: split })).toMatchObject({ dataset: 'cifar10', input_info: { sample_size: [1, 3, 32, 32] } })
  })
})
