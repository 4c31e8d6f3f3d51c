import { describe, expect, it } from 'vitest'
import { costOf, macsOfLayer, weightElementsOfLayer } from './cost'
import reference from './fixtures/mobilenet-v2-32x32.json'
import { isDepthwise } from './layers'
import { mobilenetV2For32x32, roundChannels } from './mobilenet-v2'
import { INPUT_SCOPE } from './network-builder'
import { parametersOf } from './parameter-list'
import { stateDictShape } from './state-dict-layout'

const network = mobilenetV2For32x32({ input: [32, 32, 3], numClasses: 100, widthMult: 1 })

describe('mobilenet_v2_32x32', () => {
  it('has the state dict of the reference: names, shapes and order', () => {
    expect(parametersOf(network).map((parameter) => [parameter.name, stateDictShape(parameter)])).toEqual(reference.stateDict)
  })

  it('costs what the reference costs, layer by layer', () => {
    expect(costOf(network)).toEqual({ parameterCount: reference.parameterCount, macs: reference.macsPerImage })
    expect(Object.fromEntries(network.layers.map((layer) => [layer.id, macsOfLayer(layer)] as const).filter(([, macs]) => macs > 0))).toEqual(
      reference.macs,
    )
  })

  it('counts 2,316,992 quantizable weight elements', () => {
    expect(network.layers.reduce((sum, layer) => sum + weightElementsOfLayer(layer), 0)).toBe(2_316_992)
  })

  it('gives every module output the shape of the reference', () => {
    const shapes = new Map<string, readonly number[]>(Object.entries(reference.outputShapes))
    for (const { id, shape } of network.layers) {
      const expected = shapes.get(id)
      if (expected === undefined) continue
      const [height, width, channels] = shape
      expect([id, expected.length === 1 ? [channels] : [channels, height, width]]).toEqual([id, expected])
      shapes.delete(id)
    }
    expect([...shapes.keys()]).toEqual([])
  })

  it('traces the node names of the reference in its order', () => {
    const wanted = reference.points.map(([, node]) => node ?? '')
    const traced = [INPUT_SCOPE, ...network.layers.map(({ scope }) => scope)]
    expect(traced.filter((scope) => wanted.includes(scope))).toEqual(wanted)
    expect(new Set(traced).size).toBe(traced.length)
  })

  it('names owners as the reference does', () => {
    const ids = new Map(network.layers.map(({ scope, id }) => [scope, id]))
    for (const [, node = '', owner = ''] of reference.points.slice(1)) {
      const id = ids.get(node)
      expect([owner, `${owner}.add`, 'adaptive_avg_pool2d']).toContain(id)
    }
  })

  it('keeps the dropout of the classifier', () => {
    const dropout = network.layers.find(({ kind }) => kind === 'dropout')
    expect(dropout).toMatchObject({ id: 'classifier.0', probability: 0.2, scope: 'MobileNetV2For32x32/Sequential[classifier]/Dropout[0]/dropout_0' })
    expect(network.output).toBe('classifier.1')
  })

  it.each([
    [0.25, [8, 8, 8, 16, 24, 40, 80], 1280],
    [0.5, [16, 8, 16, 32, 48, 80, 160], 1280],
    [1.4, [48, 24, 48, 88, 136, 224, 448], 1792],
  ])('scales channels by %f to multiples of 8', (widthMult, [stem, second, ...others], last) => {
    const small = mobilenetV2For32x32({ input: [32, 32, 3], numClasses: 10, widthMult })
    const channels = (id: string): number | undefined => small.layers.find((layer) => layer.id === id)?.shape[2]
    expect(channels('features.0.0')).toBe(stem)
    expect(channels('features.1.conv.1')).toBe(second)
    expect(channels('features.18.0')).toBe(last)
    expect(others).toEqual([4, 7, 11, 14, 17].map((block) => channels(`features.${block}.conv.2`)))
  })

  it('takes grey images of 28 x 28', () => {
    const grey = mobilenetV2For32x32({ input: [28, 28, 1], numClasses: 10, widthMult: 0.25 })
    expect(grey.layers.find(({ id }) => id === 'features.18.2')?.shape).toEqual([4, 4, 1280])
    expect(grey.layers[0]).toMatchObject({ inChannels: 1, groups: 1 })
    expect(grey.layers.filter((layer) => layer.kind === 'conv' && isDepthwise(layer))).toHaveLength(17)
  })
})

describe('roundChannels', () => {
  it.each([
    [1, 8],
    [11, 16],
    [8, 8],
    [12, 16],
    [18, 24],
    [100, 104],
    [1280, 1280],
  ])('rounds %i to %i', (channels, expected) => {
    expect(roundChannels(channels)).toBe(expected)
  })
})
