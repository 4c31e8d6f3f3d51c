import type { FeatureShape, NetworkDefinition } from './layers'
import { createNetworkBuilder } from './network-builder'
import { basicBlock, residualStage } from './resnet-blocks'

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

  let x = net.relu('relu', net.batchNorm('bn1', net.conv('conv1', net.input, { out: scaled(16), kernel: 3 })))
  STAGE_CHANNELS.forEach((channels, stage) => {
    x = residualStage(net, `layer${stage + 1}`, x, basicBlock, { blocks: BLOCKS_PER_STAGE, channels: scaled(channels), stride: stage === 0 ? 1 : 2 })
  })
  return net.finish(net.linear('fc', net.globalAveragePool('avgpool', x), { out: numClasses }))
}
