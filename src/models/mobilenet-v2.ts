import type { FeatureShape, NetworkDefinition } from './layers'
import { createNetworkBuilder, type ConvOptions, type Value } from './network-builder'

/** Inverted residual stages: expansion, channels, blocks, stride of the first block. */
const STAGES_32X32 = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 1],
  [6, 320, 1, 1],
] as const

/** Nearest multiple of 8 that is at least 90 % of `channels` and at least 8 (the rule of the MobileNet papers' code). */
export function roundChannels(channels: number): number {
  const rounded = Math.max(8, Math.floor((channels + 4) / 8) * 8)
  return rounded < 0.9 * channels ? rounded + 8 : rounded
}

export interface MobileNetV2Options {
  readonly input: FeatureShape
  readonly numClasses: number
  readonly widthMult: number
}

/**
 * MobileNetV2 for small images: a 1x1 stem without stride and three reductions, so that 32 x 32 ends at 4 x 4.
 * Names follow torchvision 0.10.
 */
export function mobilenetV2For32x32({ input, numClasses, widthMult }: MobileNetV2Options): NetworkDefinition {
  const net = createNetworkBuilder({
    name: 'mobilenet_v2_32x32',
    className: 'MobileNetV2For32x32',
    input,
    numClasses,
    linearInitialization: 'normal',
  })

  const convBnRelu6 = (attribute: string, from: Value, conv: ConvOptions): Value =>
    net.module(attribute, 'ConvBNActivation', () => net.relu6('2', net.batchNorm('1', net.conv('0', from, conv))))

  const invertedResidual = (attribute: string, from: Value, expansion: number, out: number, stride: number): Value =>
    net.module(attribute, 'InvertedResidual', () => {
      const inChannels = from.shape[2]
      const hidden = inChannels * expansion
      const body = net.module('conv', 'Sequential', () => {
        let index = 0
        let x = from
        if (expansion !== 1) x = convBnRelu6(String(index++), x, { out: hidden, kernel: 1 })
        x = convBnRelu6(String(index++), x, { out: hidden, kernel: 3, stride, groups: hidden })
        x = net.conv(String(index++), x, { out, kernel: 1 })
        return net.batchNorm(String(index), x)
      })
      return stride === 1 && inChannels === out ? net.add(from, body) : body
    })

  const features = net.module('features', 'Sequential', () => {
    let index = 0
    let x = convBnRelu6(String(index++), net.input, { out: roundChannels(32 * widthMult), kernel: 1 })
    for (const [expansion, channels, blocks, stride] of STAGES_32X32)
      for (let block = 0; block < blocks; block++)
        x = invertedResidual(String(index++), x, expansion, roundChannels(channels * widthMult), block === 0 ? stride : 1)
    return convBnRelu6(String(index), x, { out: roundChannels(1280 * Math.max(1, widthMult)), kernel: 1 })
  })

  const pooled = net.globalAveragePool(null, features)
  return net.finish(net.module('classifier', 'Sequential', () => net.linear('1', net.dropout('0', pooled, 0.2), { out: numClasses })))
}
