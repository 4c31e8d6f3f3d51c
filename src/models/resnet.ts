import type { FeatureShape, NetworkDefinition } from './layers'
import { createNetworkBuilder } from './network-builder'
import { basicBlock, bottleneck, type ResidualBlock, residualStage } from './resnet-blocks'

export interface ResNetOptions {
  readonly input: FeatureShape
  readonly numClasses: number
  /** Multiplies all channels; 1 is torchvision's network. */
  readonly widthMult: number
}

const STAGE_CHANNELS = [64, 128, 256, 512] as const

/** ResNet-18 as torchvision 0.10 has it (He et al. 2015). */
export const resnet18 = (options: ResNetOptions): NetworkDefinition => resnet(options, 'resnet18', basicBlock, [2, 2, 2, 2])

/** ResNet-50 as torchvision 0.10 has it (He et al. 2015, stride on the 3x3 convolutions). */
export const resnet50 = (options: ResNetOptions): NetworkDefinition => resnet(options, 'resnet50', bottleneck, [3, 4, 6, 3])

function resnet({ input, numClasses, widthMult }: ResNetOptions, name: string, block: ResidualBlock, blocks: readonly number[]): NetworkDefinition {
  const net = createNetworkBuilder({ name, className: 'ResNet', input, numClasses, linearInitialization: 'torch-default' })
  const scaled = (channels: number): number => Math.max(1, Math.round(channels * widthMult))

  let x = net.relu('relu', net.batchNorm('bn1', net.conv('conv1', net.input, { out: scaled(64), kernel: 7, stride: 2 })))
  x = net.maxPool('maxpool', x, { kernel: 3, stride: 2, padding: 1 })
  STAGE_CHANNELS.forEach((channels, stage) => {
    x = residualStage(net, `layer${stage + 1}`, x, block, { blocks: blocks[stage] ?? 0, channels: scaled(channels), stride: stage === 0 ? 1 : 2 })
  })
  return net.finish(net.linear('fc', net.globalAveragePool('avgpool', x), { out: numClasses }))
}
