import { describe, expect, it } from 'vitest'
import { costOf, macsOfLayer } from './cost'
import { evaluatedLayers } from './evaluated-network'
import inceptionV3 from './fixtures/inception-v3.json'
import mobilenetV2 from './fixtures/mobilenet-v2.json'
import resnet50 from './fixtures/resnet50.json'
import { moduleOutput } from './module-output'
import { INPUT_SCOPE } from './network-builder'
import { parametersOf } from './parameter-list'
import { buildNetwork } from './registry'
import { stateDictShape } from './state-dict-layout'

const CASES = [
  ['mobilenet_v2', mobilenetV2],
  ['resnet50', resnet50],
  ['inception_v3', inceptionV3],
] as const

describe.each(CASES)('%s as torchvision has it', (model, recorded) => {
  const size = recorded.imageSize
  const network = buildNetwork({ model, model_params: { width_mult: 1 }, num_classes: 1000 }, { channels: 3, height: size, width: size })
  const layers = evaluatedLayers(network)

  it('has the recorded state dict: names, shapes and order', () => {
    const state = parametersOf(network).map((parameter) => [parameter.name, stateDictShape(parameter)])
    expect(state).toEqual(recorded.stateDict)
  })

  it('costs what was recorded, layer by layer', () => {
    expect(costOf(network)).toEqual({ parameterCount: recorded.parameterCount, macs: recorded.macsPerImage })
    expect(Object.fromEntries(layers.map((layer) => [layer.id, macsOfLayer(layer)] as const).filter(([, macs]) => macs > 0))).toEqual(recorded.macs)
  })

  it('gives every module output its recorded shape', () => {
    const shapes = Object.entries<readonly number[]>(recorded.outputShapes)
    const got = shapes.map(([path, shape]) => {
      const [height = 0, width = 0, channels = 0] = moduleOutput(layers, path)?.shape ?? []
      return [path, shape.length === 1 ? [channels] : [channels, height, width]]
    })
    expect(got).toEqual(shapes.map(([path, shape]) => [path, shape]))
  })

  it('traces the recorded node names in their order', () => {
    const wanted = recorded.points.map(([, node = '']) => node)
    const traced = [INPUT_SCOPE, ...layers.map(({ scope }) => scope)]
    expect(traced.filter((scope) => wanted.includes(scope))).toEqual(wanted)
    expect(new Set(traced).size).toBe(traced.length)
  })

  it('hangs every recorded node under its recorded module', () => {
    const ids = new Map(layers.map(({ scope, id }) => [scope, id.replace(/#\d+$/, '')]))
    for (const [, node = '', owner = ''] of recorded.points) {
      if (node === INPUT_SCOPE) continue
      const id = ids.get(node) ?? ''
      expect([id, id.slice(0, Math.max(0, id.lastIndexOf('.')))], node).toContain(owner)
    }
  })
})
