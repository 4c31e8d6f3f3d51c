import * as nn from '../../tensor/nn-ops'
import type { Graph } from '../../tensor/graph'
import * as op from '../../tensor/ops'
import type { Tensor } from '../../tensor/types'
import type { BatchNormLayer } from '../layers'
import { type EmissionContext, type EmittedLayer, NO_STATISTICS, withoutParameters } from './emitted-layer'
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
  const whole = context.integers?.get(x)
  if (whole && !training) return integerBatchNorm(g, layer, whole, parameters)
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

export type NormParameters = Readonly<Record<'scale' | 'shift' | 'mean' | 'variance', Tensor>>

/** What a batch norm does in evaluation: x * slope + offset. */
export function normFactors(g: Graph, { epsilon }: BatchNormLayer, { scale, shift, mean, variance }: NormParameters): { slope: Tensor; offset: Tensor } {
  const slope = op.divide(g, scale, op.squareRoot(g, op.add(g, variance, g.scalar(epsilon))))
  return { slope, offset: op.subtract(g, shift, op.multiply(g, mean, slope)) }
}

/** Evaluation of integers: one product and one sum a value, in an order that other programs can repeat to the bit. Nothing trains through it. */
function integerBatchNorm(
  g: Graph,
  layer: BatchNormLayer,
  { levels, factor }: { readonly levels: Tensor; readonly factor: Tensor },
  parameters: NormParameters,
): EmittedLayer {
  const { slope, offset } = normFactors(g, layer, parameters)
  return withoutParameters(op.add(g, op.multiply(g, levels, op.divide(g, slope, factor)), offset), () => {
    throw new RangeError(`${layer.id} is evaluated over integers and has no gradient`)
  })
}
