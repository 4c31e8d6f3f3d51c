import { describe, expect, it } from 'vitest'
import { TrainingConfig } from '../contract/training-config'
import { parametersOf } from '../models/parameter-list'
import { diverged, offendingLayer } from './divergence'
import { outcomeOf } from './testing/run-here'
import { SMALL_RUN, smallRuns } from './testing/small-runs'
import { tinyNetwork } from './testing/tiny-network'

const parameters = parametersOf(tinyNetwork())
const state = (spoilt: RegExp): Map<string, Float32Array> =>
  new Map(parameters.map(({ name }) => [name, Float32Array.of(1, spoilt.test(name) ? NaN : 2)]))

describe('the layer that is named', () => {
  it('comes before the first batch norm with statistics that are no numbers, though all weights are spoilt by then', () => {
    expect(offendingLayer(parameters, state(/weight|bias|bn2\.running|bn3\.running/))).toBe('depthwise')
    expect(offendingLayer(parameters, state(/weight|bias|running/))).toBe('conv1')
  })

  it('is the classifier when what reaches all batch norms is sound', () => {
    expect(offendingLayer(parameters, state(/weight|bias/))).toBe('fc')
  })

  it('is none when only the loss for size is no number', () => {
    const result = { crossEntropy: 1, sizeLoss: NaN, top1: 0, top5: 0, rate: 1, widths: new Float32Array(), widthGradients: { task: new Float32Array(), size: new Float32Array() }, frozenWeights: null }
    expect(diverged(7, result, parameters, state(/none/)).message).toContain('step 7: the part for the size of the model')
  })
})

describe('a run with a learning rate that is far too high', () => {
  const small = smallRuns({ train: 640, validation: 20 })

  it('ends at the step, names the layer, and says what to do', async () => {
    const config = TrainingConfig.parse({ ...SMALL_RUN, epochs: 2, optimizer: { type: 'SGD', base_lr: 100, weight_decay: 1 } })
    const events = await small.run('run', config)
    expect(outcomeOf(events)).toMatch(/^DIVERGED: The loss is no longer a number at step \d+: the first values .* layer "(conv1|fc|layer[^"]*)"\. Lower optimizer\.base_lr/)
  })
})
