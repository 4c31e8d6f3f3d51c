import type { Layer } from '../../models/layers'
import type { OnnxGraph } from './onnx-graph'

type Windowed = Extract<Layer, { kind: 'conv' | 'max-pool' | 'average-pool' }>

const window = ({ kernel, stride, padding }: Windowed): Record<string, readonly number[]> => ({
  kernel_shape: kernel,
  strides: stride,
  pads: [...padding, ...padding],
})

/** Everything that a layer's node needs beside its inputs, by what it is called in the state dict. */
export interface LayerTensors {
  /** The weight as float values in PyTorch's layout. */
  weight(): string
  /** Null where the layer has none. */
  bias(): string | null
  /** A parameter of a batch norm. */
  parameter(name: 'weight' | 'bias' | 'running_mean' | 'running_var'): string
}

/** Writes one layer in standard operators; feature maps are [batch, channels, height, width]. */
export function layerNode(g: OnnxGraph, layer: Layer, inputs: readonly string[], tensors: LayerTensors): string {
  const [x = ''] = inputs
  switch (layer.kind) {
    case 'conv': {
      const bias = tensors.bias()
      return g.node('Conv', [x, tensors.weight(), ...(bias === null ? [] : [bias])], { ...window(layer), group: layer.groups })
    }
    case 'linear': {
      const bias = tensors.bias()
      const flat = g.node('Flatten', [x], { axis: 1 })
      return g.node('Gemm', [flat, tensors.weight(), ...(bias === null ? [] : [bias])], { transB: 1 })
    }
    case 'batch-norm': {
      const parts = (['weight', 'bias', 'running_mean', 'running_var'] as const).map((name) => tensors.parameter(name))
      return g.node('BatchNormalization', [x, ...parts], { epsilon: { float: layer.epsilon } })
    }
    case 'relu':
      return g.node('Relu', [x])
    case 'relu6':
      return g.node('Clip', [x, g.constant('float', [0], []), g.constant('float', [6], [])])
    case 'add':
      return inputs.reduce((sum, part) => g.node('Add', [sum, part]))
    case 'add-scalar':
      return g.node('Add', [x, g.constant('float', [layer.value], [])])
    case 'multiply-scalar':
      return g.node('Mul', [x, g.constant('float', [layer.value], [])])
    case 'concat':
      return g.node('Concat', inputs, { axis: 1 })
    case 'select-channel':
      return g.node('Slice', [x, g.constant('int64', [layer.channel]), g.constant('int64', [layer.channel + 1]), g.constant('int64', [1])])
    case 'max-pool':
      return g.node('MaxPool', [x], window(layer))
    case 'average-pool':
      return g.node('AveragePool', [x], { ...window(layer), count_include_pad: 1 })
    case 'global-average-pool':
      return g.node('GlobalAveragePool', [x])
    case 'dropout':
      return x
  }
}
