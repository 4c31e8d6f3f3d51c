import * as nn from '../../tensor/nn-ops'
import type { Tensor } from '../../tensor/types'
import type { BatchNormLayer } from '../layers'
import { type EmissionContext, type EmittedLayer, NO_STATISTICS } from './emitted-layer'
import { preciseBatchNorm } from './precise-batch-norm'

/** Batch normalisation, with new running statistics where batch statistics normalise. */
export function emitBatchNorm(context: EmissionContext, layer: BatchNormLayer, x: Tensor): EmittedLayer {
  const { graph: g, batchNormTraining: training } = context
  const name = (suffix: string): string => `${layer.id}.${suffix}`
  const scale = context.parameter(name('weight'))
  const parameters = {
    scale,
    shift: context.parameter(name('bias')),
    mean: context.parameter(name('running_mean')),
    variance: context.parameter(name('running_var')),
  }
  if (training && context.preciseBatchNorm === true) {
    const [height, width] = layer.shape
    const precise = preciseBatchNorm(g, x, parameters, { epsilon: layer.epsilon, momentum: layer.momentum, count: context.batchSize * height * width })
    return {
      output: precise.y,
      statistics: new Map([
        [name('running_mean'), precise.mean],
        [name('running_var'), precise.variance],
      ]),
      backward: (gradient) => {
        const d = precise.backward(gradient)
        return {
          inputs: [d.x],
          parameters: new Map([
            [name('weight'), d.scale],
            [name('bias'), d.shift],
          ]),
        }
      },
    }
  }
  const out = nn.batchNorm(
    g,
    x,
    parameters,
    { epsilon: layer.epsilon, momentum: layer.momentum, training },
  )
  return {
    output: out.y,
    statistics: training
      ? new Map([
          [name('running_mean'), out.mean],
          [name('running_var'), out.variance],
        ])
      : NO_STATISTICS,
    backward: (gradient) => {
      const d = nn.batchNormGradient(g, gradient, x, scale, out.reserved, { epsilon: layer.epsilon, training })
      return {
        inputs: [d.x],
        parameters: new Map([
          [name('weight'), d.scale],
          [name('bias'), d.shift],
        ]),
      }
    },
  }
}
