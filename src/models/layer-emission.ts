import * as nn from '../tensor/nn-ops'
import * as op from '../tensor/ops'
import type { Graph } from '../tensor/graph'
import type { Tensor } from '../tensor/types'
import { type BatchNormLayer, type ConvLayer, isDepthwise, type Layer, type LinearLayer } from './layers'

/** What a layer is emitted with. */
export interface EmissionContext {
  readonly graph: Graph
  readonly batchSize: number
  /** Batch statistics normalise and running ones are updated. */
  readonly batchNormTraining: boolean
  /** Null leaves dropout out; else an int32 [2] seed that differs in every step. */
  readonly dropoutSeed: Tensor | null
  /** The current value of a parameter by state-dict name; a quantized weight in place of the stored one. */
  readonly parameter: (name: string) => Tensor
}

export interface LayerGradients {
  /** In the order of the layer's inputs. */
  readonly inputs: readonly Tensor[]
  /** By state-dict name. */
  readonly parameters: ReadonlyMap<string, Tensor>
}

export interface EmittedLayer {
  /** [batch, height, width, channels]; [batch, channels] from a linear layer. */
  readonly output: Tensor
  /** New running statistics, by state-dict name. */
  readonly statistics: ReadonlyMap<string, Tensor>
  /** Emits the backward operations. */
  readonly backward: (gradient: Tensor) => LayerGradients
}

const none: ReadonlyMap<string, Tensor> = new Map()
const plain = (output: Tensor, backward: (gradient: Tensor) => readonly Tensor[]): EmittedLayer => ({
  output,
  statistics: none,
  backward: (gradient) => ({ inputs: backward(gradient), parameters: none }),
})

/** Writes the forward operations of one layer; its backward operations follow on demand. `inputShapes` are [height, width, channels]. */
export function emitLayer(context: EmissionContext, layer: Layer, inputs: readonly Tensor[], inputShapes: readonly (readonly number[])[]): EmittedLayer {
  const { graph: g } = context
  const [x] = inputs
  const [inputShape] = inputShapes
  if (!x || !inputShape) throw new RangeError(`${layer.id} has no input`)
  const batched = [context.batchSize, ...inputShape]
  switch (layer.kind) {
    case 'conv':
      return emitConvolution(context, layer, x, batched)
    case 'batch-norm':
      return emitBatchNorm(context, layer, x)
    case 'linear':
      return emitLinear(context, layer, x, batched)
    case 'relu':
    case 'relu6': {
      const output = nn.activation(g, layer.kind, x)
      return plain(output, (gradient) => [nn.activationGradient(g, layer.kind, gradient, output)])
    }
    case 'add':
      return plain(
        inputs.reduce((sum, part) => op.add(g, sum, part)),
        (gradient) => inputs.map(() => gradient),
      )
    case 'global-average-pool': {
      const pixels = (inputShape[0] ?? 1) * (inputShape[1] ?? 1)
      return plain(op.reduceMean(g, x, [1, 2], true), (gradient) => {
        const share = op.multiply(g, gradient, g.scalar(1 / pixels))
        return [op.multiply(g, share, ones(g, [1, inputShape[0] ?? 1, inputShape[1] ?? 1, 1]))]
      })
    }
    case 'max-pool': {
      const output = nn.maxPool(g, x, layer)
      return plain(output, (gradient) => [nn.maxPoolGradient(g, x, output, gradient, layer)])
    }
    case 'dropout': {
      if (context.dropoutSeed === null || layer.probability === 0) return plain(x, (gradient) => [gradient])
      const kept = op.cast(g, op.greaterEqual(g, nn.statelessUniform(g, batched, context.dropoutSeed), g.scalar(layer.probability)), 'float32')
      const mask = op.multiply(g, kept, g.scalar(1 / (1 - layer.probability)))
      return plain(op.multiply(g, x, mask), (gradient) => [op.multiply(g, gradient, mask)])
    }
    case 'average-pool':
    case 'concat':
      throw new RangeError(`${layer.kind} is not emitted yet`)
  }
}

function ones(g: Graph, shape: readonly number[]): Tensor {
  return g.constant('float32', shape, Array.from({ length: shape.reduce((product, size) => product * size, 1) }, () => 1))
}

/** A 1x1 convolution of stride 1 is a matrix product over pixels, which is faster on CPU. */
const isPointwise = (layer: ConvLayer): boolean =>
  layer.groups === 1 && [...layer.kernel, ...layer.stride].every((size) => size === 1) && layer.padding.every((size) => size === 0)

function emitConvolution(context: EmissionContext, layer: ConvLayer, x: Tensor, inputShape: readonly number[]): EmittedLayer {
  const { graph: g } = context
  const depthwise = isDepthwise(layer)
  if (layer.groups > 1 && !depthwise) throw new RangeError(`${layer.id}: grouped convolutions other than depthwise are not emitted yet`)
  const weightName = `${layer.id}.weight`
  const biasName = `${layer.id}.bias`
  const w = context.parameter(weightName)
  const outputShape = [context.batchSize, ...layer.shape]
  const [kh, kw] = layer.kernel
  const matrix = [layer.inChannels, layer.outChannels]
  const rows = (tensor: Tensor, channels: number): Tensor => op.reshape(g, tensor, [-1, channels])
  const pointwise = isPointwise(layer)
  const product = pointwise
    ? op.reshape(g, nn.matrixMultiply(g, rows(x, layer.inChannels), op.reshape(g, w, matrix)), outputShape)
    : nn.convolution(g, x, w, layer, depthwise)
  const output = layer.bias ? op.add(g, product, context.parameter(biasName)) : product
  return {
    output,
    statistics: none,
    backward: (gradient) => {
      const filterShape = depthwise ? [kh, kw, layer.inChannels, layer.outChannels / layer.inChannels] : [kh, kw, layer.inChannels, layer.outChannels]
      const flat = rows(gradient, layer.outChannels)
      const dx = pointwise
        ? op.reshape(g, nn.matrixMultiply(g, flat, op.reshape(g, w, matrix), { b: true }), inputShape)
        : nn.convolutionInputGradient(g, inputShape, w, gradient, layer, depthwise)
      const dw = pointwise
        ? op.reshape(g, nn.matrixMultiply(g, rows(x, layer.inChannels), flat, { a: true }), filterShape)
        : nn.convolutionFilterGradient(g, x, filterShape, gradient, layer, depthwise)
      const bias: [string, Tensor][] = layer.bias ? [[biasName, op.reduceSum(g, gradient, [0, 1, 2])]] : []
      return { inputs: [dx], parameters: new Map([[weightName, dw], ...bias]) }
    },
  }
}

function emitBatchNorm(context: EmissionContext, layer: BatchNormLayer, x: Tensor): EmittedLayer {
  const { graph: g, batchNormTraining: training } = context
  const name = (suffix: string): string => `${layer.id}.${suffix}`
  const scale = context.parameter(name('weight'))
  const out = nn.batchNorm(
    g,
    x,
    { scale, shift: context.parameter(name('bias')), mean: context.parameter(name('running_mean')), variance: context.parameter(name('running_var')) },
    { epsilon: layer.epsilon, momentum: layer.momentum, training },
  )
  return {
    output: out.y,
    statistics: training ? new Map([[name('running_mean'), out.mean], [name('running_var'), out.variance]]) : none,
    backward: (gradient) => {
      const d = nn.batchNormGradient(g, gradient, x, scale, out.reserved, { epsilon: layer.epsilon, training })
      return { inputs: [d.x], parameters: new Map([[name('weight'), d.scale], [name('bias'), d.shift]]) }
    },
  }
}

function emitLinear(context: EmissionContext, layer: LinearLayer, x: Tensor, inputShape: readonly number[]): EmittedLayer {
  const { graph: g } = context
  const weightName = `${layer.id}.weight`
  const biasName = `${layer.id}.bias`
  const w = context.parameter(weightName)
  const flat = op.reshape(g, x, [-1, layer.inFeatures])
  const product = nn.matrixMultiply(g, flat, w)
  return {
    output: layer.bias ? op.add(g, product, context.parameter(biasName)) : product,
    statistics: none,
    backward: (gradient) => {
      const dx = op.reshape(g, nn.matrixMultiply(g, gradient, w, { b: true }), inputShape)
      const dw = nn.matrixMultiply(g, flat, gradient, { a: true })
      const bias: [string, Tensor][] = layer.bias ? [[biasName, op.reduceSum(g, gradient, [0])]] : []
      return { inputs: [dx], parameters: new Map([[weightName, dw], ...bias]) }
    },
  }
}
