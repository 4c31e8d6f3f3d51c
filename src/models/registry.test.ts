import { describe, expect, it } from 'vitest'
import { MODEL_NAMES } from '../contract/models'
import { evaluatedLayers, evaluatedNetwork } from './evaluated-network'
import { parametersOf } from './parameter-list'
import { buildNetwork } from './registry'

const image = (size: number, channels = 3) => ({ channels, height: size, width: size })
const inception = (params: { width_mult: number; transform_input?: boolean }, size = image(299), pretrained?: boolean) =>
  buildNetwork({ model: 'inception_v3', model_params: params, num_classes: 7, pretrained }, size)

describe('buildNetwork', () => {
  it.each(MODEL_NAMES)('builds %s for grey images with unique names throughout', (model) => {
    const size = model === 'inception_v3' ? 299 : 28
    const network = buildNetwork({ model, model_params: { width_mult: 0.5 }, num_classes: 10 }, image(size, 1))
    expect(network.name).toBe(model)
    expect(network.input).toEqual([size, size, 1])
    for (const names of [network.layers.map(({ id }) => id), network.layers.map(({ scope }) => scope), parametersOf(network).map(({ name }) => name)])
      expect(new Set(names).size).toBe(names.length)
    expect(network.layers.find(({ id }) => id === network.output)?.shape).toEqual([1, 1, 10])
  })

  it('refuses images too small for the auxiliary head of Inception V3', () => {
    const sentence = 'inception_v3 cannot take images of 224 x 224 pixels: they shrink to nothing on the way. Use larger images.'
    expect(() => inception({ width_mult: 1 }, image(224))).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', message: sentence }))
  })

  it('transforms the input of Inception V3 as configured, else where it starts from published weights', () => {
    const transforms = (network: ReturnType<typeof inception>): boolean => network.layers.some(({ kind }) => kind === 'select-channel')
    expect(transforms(inception({ width_mult: 0.25 }))).toBe(true)
    expect(transforms(inception({ width_mult: 0.25 }, image(299), false))).toBe(false)
    expect(transforms(inception({ width_mult: 0.25, transform_input: true }, image(299), false))).toBe(true)
    expect(transforms(inception({ width_mult: 0.25, transform_input: false }, image(299), true))).toBe(false)
    expect(
      inception({ width_mult: 0.25 })
        .layers.slice(0, 10)
        .map(({ scope }) => scope),
    ).toEqual([
      ...[0, 1, 2].flatMap((call) => ['__getitem__', '__mul__', '__add__'].map((operator) => `Inception3/${operator}_${call}`)),
      'Inception3/cat_0',
    ])
  })

  it('keeps the auxiliary head out of evaluation', () => {
    const network = inception({ width_mult: 0.25 })
    const head = (layers: typeof network.layers): string[] => layers.filter(({ id }) => id.startsWith('AuxLogits')).map(({ id }) => id)
    expect(network.auxiliaryOutput).toBe('AuxLogits.fc')
    expect(head(network.layers)).toHaveLength(9)
    expect(head(evaluatedLayers(network))).toEqual([])
    expect(evaluatedNetwork(network)).not.toHaveProperty('auxiliaryOutput')
    expect(evaluatedNetwork(network).layers).toHaveLength(network.layers.length - 9)
  })
})

describe('resnet18', () => {
  it('has the published parameter count and torchvision names', () => {
    const parameters = parametersOf(buildNetwork({ model: 'resnet18', model_params: { width_mult: 1 }, num_classes: 1000 }, image(224)))
    const trainable = parameters.filter((parameter) => parameter.trainable)
    expect(trainable.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0)).toBe(11_689_512)
    const names = parameters.map(({ name }) => name)
    for (const name of ['conv1.weight', 'layer1.1.bn2.running_var', 'layer2.0.downsample.0.weight', 'layer4.1.conv2.weight', 'fc.bias'])
      expect(names).toContain(name)
    expect(names).not.toContain('layer1.0.downsample.0.weight')
  })
})
