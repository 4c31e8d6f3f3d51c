import type { NetworkBuilder, Value } from './network-description'

/** A residual block under its name in the stage: input, output channels of the stage, stride. */
export type ResidualBlock = (net: NetworkBuilder, attribute: string, from: Value, channels: number, stride: number) => Value

/** Two 3x3 convolutions (He et al. 2015). */
export const basicBlock: ResidualBlock = (net, attribute, from, out, stride) =>
  net.module(attribute, 'BasicBlock', () => {
    let x = net.conv('conv1', from, { out, kernel: 3, stride })
    x = net.relu('relu', net.batchNorm('bn1', x))
    x = net.batchNorm('bn2', net.conv('conv2', x, { out, kernel: 3 }))
    return shortcut(net, from, x, stride)
  })

/** 1x1, 3x3 and 1x1 convolutions, the last with four times the channels; the stride is on the 3x3 as in torchvision. */
export const bottleneck: ResidualBlock = (net, attribute, from, channels, stride) =>
  net.module(attribute, 'Bottleneck', () => {
    let x = net.conv('conv1', from, { out: channels, kernel: 1 })
    x = net.relu('relu', net.batchNorm('bn1', x))
    x = net.conv('conv2', x, { out: channels, kernel: 3, stride })
    x = net.relu('relu', net.batchNorm('bn2', x))
    x = net.batchNorm('bn3', net.conv('conv3', x, { out: 4 * channels, kernel: 1 }))
    return shortcut(net, from, x, stride)
  })

/** Adds the block's input, through a 1x1 convolution where size or channels differ, and rectifies. */
function shortcut(net: NetworkBuilder, from: Value, x: Value, stride: number): Value {
  const out = x.shape[2]
  const projected = stride !== 1 || from.shape[2] !== out
  const identity = projected
    ? net.module('downsample', 'Sequential', () => net.batchNorm('1', net.conv('0', from, { out, kernel: 1, stride })))
    : from
  return net.relu('relu', net.add(x, identity, { inPlace: true }))
}

/** The blocks of one stage; the first has the stride. */
export function residualStage(
  net: NetworkBuilder,
  attribute: string,
  from: Value,
  block: ResidualBlock,
  stage: { blocks: number; channels: number; stride: number },
): Value {
  return net.module(attribute, 'Sequential', () => {
    let x = from
    for (let index = 0; index < stage.blocks; index++) x = block(net, String(index), x, stage.channels, index === 0 ? stage.stride : 1)
    return x
  })
}
