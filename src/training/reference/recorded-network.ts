import type { NetworkDefinition } from '../../models/layers'
import { createNetworkBuilder } from '../../models/network-builder'

/** The tiny network of the recorded trajectories: a stem, one residual depthwise block, a pointwise layer and a classifier, on 28 x 28 grey images. */
export function recordedNetwork(): NetworkDefinition {
  const net = createNetworkBuilder({ name: 'TinyNet', className: 'TinyNet', input: [28, 28, 1], numClasses: 10 })
  const stem = net.relu('stem_relu', net.batchNorm('stem_bn', net.conv('stem', net.input, { out: 8, kernel: 3, stride: 2 })))
  const depthwise = net.relu6('dw_relu', net.batchNorm('dw_bn', net.conv('dw', stem, { out: 8, kernel: 3, groups: 8 })))
  const projected = net.batchNorm('proj_bn', net.conv('proj', depthwise, { out: 8, kernel: 1 }))
  const wide = net.relu('pw_relu', net.batchNorm('pw_bn', net.conv('pw', net.add(stem, projected), { out: 16, kernel: 1 })))
  return net.finish(net.linear('fc', net.globalAveragePool('pool', wide), { out: 10 }))
}
