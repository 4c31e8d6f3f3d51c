import type { FeatureShape, NetworkDefinition } from './layers'
import { createNetworkBuilder } from './network-builder'
import type { ConvOptions, Value } from './network-description'

/** Inverted residual stages: expansion, channels, blocks, stride of the first block. */
type Stages = readonly (readonly [expansion: number, channels: number, blocks: number, stride: number])[]

const STAGES: Stages = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
]
/** Without the last reduction. */
const STAGES_32X32: Stages = STAGES.map(([expansion, channels, blocks, stride]) => [expansion, channels, blocks, channels === 160 ? 1 : stride])

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

/** MobileNetV2 as torchvision 0.10 has it (Sandler et al. 2018): five reductions, 224 x 224 ends at 7 x 7. */
export const mobilenetV2 = (options: MobileNetV2Options): NetworkDefinition =>
  mobilenet(options, 'mobilenet_v2', 'MobileNetV2', STAGES, { kernel: 3, stride: 2 })

/** MobileNetV2 for small images: a 1x1 stem without stride and three reductions, so that 32 x 32 ends at 4 x 4. Names as torchvision's. */
export const mobilenetV2For32x32 = (options: MobileNetV2Options): NetworkDefinition =>
  mobilenet(options, 'mobilenet_v2_32x32', 'MobileNetV2For32x32', STAGES_32X32, { kernel: 1, stride: 1 })

function mobilenet(
  { input, numClasses, widthMult }: MobileNetV2Options,
  name: string,
  className: string,
  stages: Stages,
  stem: { readonly kernel: number; readonly stride: number },
): NetworkDefinition {
  const net = createNetworkBuilder({ name, className, input, numClasses, linearInitialization: 'normal' })

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
    let x = convBnRelu6(String(index++), net.input, { out: roundChannels(32 * widthMult), ...stem })
    for (const [expansion, channels, blocks, stride] of stages)
      for (let block = 0; block < blocks; block++)
        x = invertedResidual(String(index++), x, expansion, roundChannels(channels * widthMult), block === 0 ? stride : 1)
    return convBnRelu6(String(index), x, { out: roundChannels(1280 * Math.max(1, widthMult)), kernel: 1 })
  })

  const pooled = net.globalAveragePool(null, features)
  return net.finish(net.module('classifier', 'Sequential', () => net.linear('1', net.dropout('0', pooled, 0.2), { out: numClasses })))
}
