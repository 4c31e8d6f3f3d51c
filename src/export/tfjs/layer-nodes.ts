import { StudioError } from '../../contract/errors'
import { isDepthwise, type Layer, type PoolLayer } from '../../models/layers'
import { flag, FLOATS, integer, integers, text, type TfjsGraph, type } from './tfjs-graph'

const INDEX = { Tidx: type('DT_INT32') } as const
const unit = ([height, width]: readonly [number, number]): readonly number[] => [1, height, width, 1]

/** Least float32: a border that no maximum takes. */
const LEAST = -3.4028234663852886e38

/** What a layer's nodes need beside its inputs. */
export interface LayerTensors {
  /** The weight as floats in the engine's layout. */
  weight(): string
  /** Null where the layer has none. */
  bias(): string | null
  /** Slope or offset of a batch norm in evaluation, one a channel. */
  norm(part: 'slope' | 'offset'): string
}

/** Writes one layer in operators that TF.js runs in every back end; feature maps are [batch, height, width, channels], vectors [batch, 1, 1, channels] or [batch, channels]. */
export function layerNodes(g: TfjsGraph, layer: Layer, inputs: readonly string[], inputShape: readonly [number, number, number], tensors: LayerTensors): string {
  const [x = ''] = inputs
  switch (layer.kind) {
    case 'conv': {
      if (layer.groups > 1 && !isDepthwise(layer))
        throw new StudioError('CONFLICT', `TF.js has no convolution in ${String(layer.groups)} groups, which ${layer.id} is. Export to ONNX instead.`)
      const [rows, columns] = layer.padding
      const padding = rows + columns === 0 ? { padding: text('VALID') } : { padding: text('EXPLICIT'), explicit_paddings: integers([0, 0, rows, rows, columns, columns, 0, 0]) }
      const attributes = { ...FLOATS, strides: integers(unit(layer.stride)), dilations: integers([1, 1, 1, 1]), data_format: text('NHWC'), ...padding }
      return withBias(g, g.node(isDepthwise(layer) ? 'DepthwiseConv2dNative' : 'Conv2D', [x, tensors.weight()], attributes), tensors)
    }
    case 'linear': {
      const flat = g.node('Reshape', [x, g.constant('int32', [-1, layer.inFeatures])], { ...FLOATS, Tshape: type('DT_INT32') })
      return withBias(g, g.node('MatMul', [flat, tensors.weight()], { ...FLOATS, transpose_a: flag(false), transpose_b: flag(false) }), tensors)
    }
    case 'batch-norm':
      return g.node('AddV2', [g.node('Mul', [x, tensors.norm('slope')]), tensors.norm('offset')])
    case 'relu':
      return g.node('Relu', [x])
    case 'relu6':
      return g.node('Relu6', [x])
    case 'add':
      return inputs.reduce((sum, part) => g.node('AddV2', [sum, part]))
    case 'add-scalar':
      return g.node('AddV2', [x, g.constant('float32', [layer.value], [])])
    case 'multiply-scalar':
      return g.node('Mul', [x, g.constant('float32', [layer.value], [])])
    case 'concat':
      return g.node('ConcatV2', [...inputs, g.constant('int32', [3], [])], { ...FLOATS, ...INDEX, N: integer(inputs.length) })
    case 'select-channel':
      return g.node('Slice', [x, g.constant('int32', [0, 0, 0, layer.channel]), g.constant('int32', [-1, -1, -1, 1])], { ...FLOATS, Index: type('DT_INT32') })
    case 'max-pool':
    case 'average-pool':
      return pool(g, layer, x)
    case 'global-average-pool': {
      const [height, width] = inputShape
      // Rows first, as the trainer adds them.
      return g.node('RealDiv', [sumOf(g, sumOf(g, x, [2]), [1]), g.constant('float32', [height * width], [])])
    }
    case 'dropout':
      return x
  }
}

export const sumOf = (g: TfjsGraph, x: string, axes: readonly number[]): string => g.node('Sum', [x, g.constant('int32', axes)], { ...FLOATS, ...INDEX, keep_dims: flag(true) })

function withBias(g: TfjsGraph, x: string, tensors: LayerTensors): string {
  const bias = tensors.bias()
  return bias === null ? x : g.node('AddV2', [x, bias])
}

/** TF.js leaves padding out of averages, PyTorch counts it, and neither pads pools symmetrically by itself: the border is put there first. */
function pool(g: TfjsGraph, layer: PoolLayer, x: string): string {
  const [rows, columns] = layer.padding
  const maximum = layer.kind === 'max-pool'
  const border = [0, 0, rows, rows, columns, columns, 0, 0]
  const padded =
    rows + columns === 0
      ? x
      : g.node('PadV2', [x, g.constant('int32', border, [4, 2]), g.constant('float32', [maximum ? LEAST : 0], [])], { ...FLOATS, Tpaddings: type('DT_INT32') })
  const attributes = { ...FLOATS, ksize: integers(unit(layer.kernel)), strides: integers(unit(layer.stride)), padding: text('VALID'), data_format: text('NHWC') }
  return g.node(maximum ? 'MaxPool' : 'AvgPool', [padded], attributes)
}
