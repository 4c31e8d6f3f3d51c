import { describe, expect, it } from 'vitest'
import { costOf } from './cost'
import { parametersOf } from './parameter-list'
import { resnet20 } from './resnet20'

const network = resnet20({ input: [32, 32, 3], numClasses: 10, widthMult: 1 })

describe('resnet20', () => {
  it('has 20 weighted layers on the longest path and two projections', () => {
    const weighted = network.layers.filter(({ kind }) => kind === 'conv' || kind === 'linear')
    expect(weighted.filter(({ id }) => !id.includes('downsample'))).toHaveLength(20)
    expect(weighted.filter(({ id }) => id.includes('downsample')).map(({ id }) => id)).toEqual(['layer2.0.downsample.0', 'layer3.0.downsample.0'])
  })

  it('has the published parameter count of the option A network plus its projections', () => {
    expect(costOf(network).parameterCount).toBe(269_722 + (16 * 32 + 2 * 32) + (32 * 64 + 2 * 64))
  })

  it('names its parameters as torchvision names a ResNet', () => {
    const names = parametersOf(network).map(({ name }) => name)
    expect(names.slice(0, 7)).toEqual([
      'conv1.weight',
      'bn1.weight',
      'bn1.bias',
      'bn1.running_mean',
      'bn1.running_var',
      'layer1.0.conv1.weight',
      'layer1.0.bn1.weight',
    ])
    expect(names.slice(-2)).toEqual(['fc.weight', 'fc.bias'])
  })

  it('counts the calls of the shared ReLU as NNCF does', () => {
    const block = network.layers
      .filter(({ id }) => id.startsWith('layer2.0.'))
      .map(({ scope, id }) => [id, scope.replace('ResNet/Sequential[layer2]/BasicBlock[0]/', '')])
    expect(block).toEqual([
      ['layer2.0.conv1', 'NNCFConv2d[conv1]/conv2d_0'],
      ['layer2.0.bn1', 'NNCFBatchNorm2d[bn1]/batch_norm_0'],
      ['layer2.0.relu', 'ReLU[relu]/relu__0'],
      ['layer2.0.conv2', 'NNCFConv2d[conv2]/conv2d_0'],
      ['layer2.0.bn2', 'NNCFBatchNorm2d[bn2]/batch_norm_0'],
      ['layer2.0.downsample.0', 'Sequential[downsample]/NNCFConv2d[0]/conv2d_0'],
      ['layer2.0.downsample.1', 'Sequential[downsample]/NNCFBatchNorm2d[1]/batch_norm_0'],
      ['layer2.0.add', '__iadd___0'],
      ['layer2.0.relu#1', 'ReLU[relu]/relu__1'],
    ])
  })

  it.each([
    [1, 28],
    [3, 32],
    [4, 17],
    [1, 1],
  ])('takes %i channels of %i pixels and any width', (channels, size) => {
    const small = resnet20({ input: [size, size, channels], numClasses: 7, widthMult: 0.3 })
    expect(small.layers.at(-1)?.shape).toEqual([1, 1, 7])
    expect(small.layers.find(({ id }) => id === 'layer3.2.conv2')?.shape[2]).toBe(19)
  })
})
