import type { FeatureShape, Layer } from './layers'
import type { NetworkBuilder, NetworkOptions, PoolOptions, Value } from './network-description'
import { afterWindow, imageTooSmall, pair, type SlidingWindow } from './window-shape'

/** Id by which layers name the image, and the operator name NNCF traces for it. */
export const INPUT_ID = 'input'
export const INPUT_SCOPE = '/nncf_model_input_0'

/** Starts a network. The methods throw CONFIG_INVALID where the image becomes smaller than one pixel. */
export function createNetworkBuilder(options: NetworkOptions): NetworkBuilder {
  const layers: Layer[] = []
  const ids = new Set<string>([INPUT_ID])
  const calls = new Map<string, number>()
  const scopes: string[] = [options.className]
  const path: string[] = []

  /** Names one call: NNCF counts the calls of an operator within a scope, and so do the ids. */
  const name = (attribute: string | null, className: string, operator: string): { id: string; scope: string } => {
    const scope = [...scopes, ...(attribute === null ? [] : [`${className}[${attribute}]`]), operator].join('/')
    const call = calls.get(scope) ?? 0
    calls.set(scope, call + 1)
    const own = [...path, attribute ?? operator.replace(/^_+(?:i(?=add_))?|_+$/g, '')].join('.')
    return { id: call === 0 ? own : `${own}#${call}`, scope: `${scope}_${call}` }
  }

  const push = (layer: Layer): Value => {
    if (ids.has(layer.id)) throw new RangeError(`the network has two layers "${layer.id}"`)
    for (const producer of layer.inputs) if (!ids.has(producer)) throw new RangeError(`"${layer.id}" reads "${producer}", which does not exist yet`)
    ids.add(layer.id)
    layers.push(layer)
    return { id: layer.id, shape: layer.shape }
  }

  const slide = (from: Value, window: SlidingWindow, channels: number): FeatureShape => {
    const [rows, columns] = afterWindow(from.shape, window)
    if (rows < 1 || columns < 1) throw imageTooSmall(options)
    return [rows, columns, channels]
  }

  const pool = (
    kind: 'max-pool' | 'average-pool',
    named: { id: string; scope: string },
    from: Value,
    { kernel, stride, padding }: PoolOptions,
  ): Value => {
    const window = { kernel: pair(kernel), stride: pair(stride ?? kernel), padding: pair(padding ?? 0) }
    return push({ kind, ...named, inputs: [from.id], shape: slide(from, window, from.shape[2]), ...window })
  }

  return {
    input: { id: INPUT_ID, shape: options.input },

    module(attribute, className, body) {
      path.push(attribute)
      scopes.push(`${className}[${attribute}]`)
      try {
        return body()
      } finally {
        path.pop()
        scopes.pop()
      }
    },

    conv(attribute, from, { out, kernel: size, stride = 1, padding: border, groups = 1, bias = false }) {
      const kernel = pair(size)
      const window = { kernel, stride: pair(stride), padding: border === undefined ? ([kernel[0] >> 1, kernel[1] >> 1] as const) : pair(border) }
      const inChannels = from.shape[2]
      if (inChannels % groups !== 0 || out % groups !== 0) throw new RangeError(`${groups} groups do not divide ${inChannels} and ${out} channels`)
      return push({
        kind: 'conv',
        ...name(attribute, 'NNCFConv2d', 'conv2d'),
        inputs: [from.id],
        shape: slide(from, window, out),
        inChannels,
        outChannels: out,
        ...window,
        groups,
        bias,
      })
    },

    batchNorm(attribute, from, { epsilon = 1e-5, momentum = 0.1 } = {}) {
      return push({
        kind: 'batch-norm',
        ...name(attribute, 'NNCFBatchNorm2d', 'batch_norm'),
        inputs: [from.id],
        shape: from.shape,
        channels: from.shape[2],
        epsilon,
        momentum,
      })
    },

    relu: (attribute, from) => push({ kind: 'relu', ...name(attribute, 'ReLU', 'relu_'), inputs: [from.id], shape: from.shape }),
    relu6: (attribute, from) => push({ kind: 'relu6', ...name(attribute, 'ReLU6', 'hardtanh'), inputs: [from.id], shape: from.shape }),

    linear(attribute, from, { out, bias = true }) {
      const [height, width, inFeatures] = from.shape
      if (height !== 1 || width !== 1) throw new RangeError(`"${attribute}" takes a vector, not a ${height} x ${width} image`)
      return push({
        kind: 'linear',
        ...name(attribute, 'NNCFLinear', 'linear'),
        inputs: [from.id],
        shape: [1, 1, out],
        inFeatures,
        outFeatures: out,
        bias,
      })
    },

    dropout: (attribute, from, probability) =>
      push({ kind: 'dropout', ...name(attribute, 'Dropout', 'dropout'), inputs: [from.id], shape: from.shape, probability }),

    maxPool: (attribute, from, window) => pool('max-pool', name(attribute, 'MaxPool2d', 'max_pool2d'), from, window),
    averagePool: (attribute, from, window) => pool('average-pool', name(attribute, 'AvgPool2d', 'avg_pool2d'), from, window),

    globalAveragePool: (attribute, from) =>
      push({
        kind: 'global-average-pool',
        ...name(attribute, 'AdaptiveAvgPool2d', 'adaptive_avg_pool2d'),
        inputs: [from.id],
        shape: [1, 1, from.shape[2]],
      }),

    add(a, b, { inPlace = false } = {}) {
      if (a.shape.some((size, axis) => size !== b.shape[axis])) throw new RangeError(`"${a.id}" and "${b.id}" differ in shape`)
      return push({ kind: 'add', ...name(null, '', inPlace ? '__iadd__' : '__add__'), inputs: [a.id, b.id], shape: a.shape })
    },

    concat(parts) {
      const [first] = parts
      if (first === undefined || parts.some(({ shape }) => shape[0] !== first.shape[0] || shape[1] !== first.shape[1]))
        throw new RangeError('only feature maps of one height and width can be concatenated')
      const channels = parts.reduce((sum, { shape }) => sum + shape[2], 0)
      return push({ kind: 'concat', ...name(null, '', 'cat'), inputs: parts.map(({ id }) => id), shape: [first.shape[0], first.shape[1], channels] })
    },

    selectChannel(from, channel) {
      const [height, width, channels] = from.shape
      if (channel < 0 || channel >= channels) throw new RangeError(`"${from.id}" has no channel ${channel}`)
      return push({ kind: 'select-channel', ...name(null, '', '__getitem__'), inputs: [from.id], shape: [height, width, 1], channel })
    },

    multiplyScalar: (from, value) => push({ kind: 'multiply-scalar', ...name(null, '', '__mul__'), inputs: [from.id], shape: from.shape, value }),
    addScalar: (from, value) => push({ kind: 'add-scalar', ...name(null, '', '__add__'), inputs: [from.id], shape: from.shape, value }),

    finish(output, { auxiliary } = {}) {
      for (const { id, shape } of auxiliary === undefined ? [output] : [output, auxiliary])
        if (shape[0] !== 1 || shape[1] !== 1 || shape[2] !== options.numClasses)
          throw new RangeError(`"${id}" is not a vector of ${options.numClasses} logits`)
      const { linearInitialization, truncatedNormal } = options
      return {
        name: options.name,
        input: options.input,
        numClasses: options.numClasses,
        layers,
        output: output.id,
        ...(linearInitialization === undefined ? {} : { linearInitialization }),
        ...(truncatedNormal === undefined ? {} : { truncatedNormal }),
        ...(auxiliary === undefined ? {} : { auxiliaryOutput: auxiliary.id }),
      }
    },
  }
}
