import { describe, expect, it } from 'vitest'
import { MODEL_NAMES } from '../contract/models'
import { parametersOf } from './parameter-list'
import { buildNetwork } from './registry'

describe('buildNetwork', () => {
  it.each(MODEL_NAMES)('builds %s for grey images with unique names throughout', (model) => {
    const network = buildNetwork({ model, model_params: { width_mult: 0.5 }, num_classes: 10 }, { channels: 1, height: 28, width: 28 })
    expect(network.name).toBe(model)
    expect(network.input).toEqual([28, 28, 1])
    for (const names of [network.layers.map(({ id }) => id), network.layers.map(({ scope }) => scope), parametersOf(network).map(({ name }) => name)])
      expect(new Set(names).size).toBe(names.length)
    expect(network.layers.find(({ id }) => id === network.output)?.shape).toEqual([1, 1, 10])
  })
})
