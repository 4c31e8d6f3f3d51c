import type { FeatureShape, NetworkDefinition } from './layers'
import { createNetworkBuilder, type Value } from './network-builder'

const STAGE_CHANNELS = [16, 32, 64] as const
const BLOCKS_PER_STAGE = 3

export interface ResNet20Options {
  readonly input: FeatureShape
  readonly numClasses: number
  readonly widthMult: number
}

/**
 * ResNet-20 for small images (He et al. 2015, section 4.2) with projection shortcuts (option B).
 * Names and order of operations follow torchvision's ResNet of BasicBlocks.
 */
export function resnet20({ input, numClasses, widthMult }: ResNet20Options): NetworkDefinition {
  const net = createNetworkBuilder({ name: 'resnet20', className: 'ResNet', input, numClasses, linearInitialization: 'torch-default' })
  const scaled = (channels: number): number => Math.max(1, Math.round(channels * widthMult))

  const basicBlock = (attribute: string, from: Value, out: number, stride: number): Value =>
    net.module(attribute, 'BasicBlock', () => {
      let x = net.conv('conv1', from, { out, kernel: 3, stride })
      x = net.relu('relu', net.batchNorm('bn1', x))
      x = net.batchNorm('bn2', net.conv('conv2', x, { out, kernel: 3 }))
      const projected = stride !== 1 || from.shape[2] !== out
      const identity = projected
        ? net.module('downsample', 'Sequential', () => net.batchNorm('1', net.conv('0', from, { out, kernel: 1, stride })))
        : from
      return net.relu('relu', net.add(x, identity, { inPlace: true }))
    })

  let x = net.relu('relu', net.batchNorm('bn1', net.conv('conv1', net.input, { out: scaled(16), kernel: 3 })))
  STAGE_CHANNELS.forEach((channels, stage) => {
    x = net.module(`layer${stage + 1}`, 'Sequential', () => {
      let y = x
      for (let block = 0; block < BLOCKS_PER_STAGE; block++) y = basicBlock(String(block), y, scaled(channels), stage > 0 && block === 0 ? 2 : 1)
      return y
    })
  })
  return net.finish(net.linear('fc', net.globalAveragePool('avgpool', x), { out: numClasses }))
}
