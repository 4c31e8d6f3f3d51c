import { describe, expect, it } from 'vitest'
import type { ModelName } from '../contract/models'
import { CompressionConfig, OptimizerConfig } from '../contract/training-config'
import { buildNetwork } from '../models/registry'
import { placeQuantizers } from '../quantization/placement'
import { readGraph, type WrittenNode } from '../tensor/testing/read-graph'
import { buildTrainingGraph } from './training-graph'

/*
 * What would stall the queue of a GPU: an operation without a kernel there, and an input that a kernel wants on the host but that was computed on
 * the GPU, so that the host has to wait for it. Both follow from how TensorFlow registers its kernels (REGISTER_KERNEL_BUILDER with DEVICE_GPU and
 * HostMemory in tensorflow/core/kernels); a real GPU is not needed to see it, and was not there when this was written.
 */

/** Inputs that the GPU kernels take from the host, by position. All others of these operations, and of those without an entry, lie on the GPU. */
const HOST_INPUTS: Readonly<Record<string, readonly number[]>> = {
  AvgPoolGrad: [0],
  ConcatV2: [-1],
  Conv2DBackpropFilter: [1],
  Conv2DBackpropInput: [0],
  DepthwiseConv2dNativeBackpropFilter: [1],
  DepthwiseConv2dNativeBackpropInput: [0],
  Fill: [0],
  GatherV2: [2],
  Max: [1],
  Mean: [1],
  Min: [1],
  Pad: [1],
  Reshape: [1],
  Slice: [1, 2],
  SplitV: [1, 2],
  StatelessRandomUniform: [0, 1],
  Sum: [1],
  Tile: [1],
  Transpose: [1],
}

/** Have a GPU kernel for the types used here (float32; int32 labels). */
const ON_GPU = new Set([
  ...Object.keys(HOST_INPUTS),
  ...'Abs AddV2 AssignVariableOp AvgPool Cast Const Conv2D DepthwiseConv2dNative Equal Exp Floor FusedBatchNormGradV3 FusedBatchNormV3 Greater'.split(' '),
  ...'GreaterEqual Identity InTopKV2 Less LessEqual LogicalAnd LogicalOr MatMul MaxPool MaxPoolGrad Maximum Minimum Mul Neg Pack PartitionedCall'.split(' '),
  ...'ReadVariableOp RealDiv Relu Relu6 Relu6Grad ReluGrad ResourceApplyMomentum Round SelectV2 Sign SparseSoftmaxCrossEntropyWithLogits Sqrt Square Sub'.split(' '),
  ...'Softmax SoftmaxCrossEntropyWithLogits Unpack VarHandleOp'.split(' '),
])

/** Come from the host without a wait: written into the graph, or fed. */
const FROM_HOST = new Set(['Const', 'Placeholder'])

function writtenGraph(model: ModelName, compiled: boolean, devices: readonly (string | null)[] = [null]) {
  const size = model === 'inception_v3' ? 299 : model === 'mobilenet_v2_32x32' ? 32 : 224
  const network = buildNetwork({ model, model_params: { width_mult: 1 }, num_classes: 10 }, { channels: 3, height: size, width: size })
  const compression = CompressionConfig.parse({ algorithm: 'fracbits_quantization', overflow_fix: 'disable', weights: { mode: 'asymmetric' } })
  const optimizer = OptimizerConfig.parse({ type: 'SGD', base_lr: 0.1, optimizer_params: { momentum: 0.9, nesterov: true } })
  const built = buildTrainingGraph({
    network,
    specs: placeQuantizers(network, compression),
    batchSize: 4,
    devices,
    evaluationBatchSize: 2,
    mean: [0.5, 0.5, 0.5],
    std: [0.25, 0.25, 0.25],
    floatOptimizer: optimizer,
    widthOptimizer: optimizer,
    sizeLoss: compression.loss,
    distillation: { weight: 0.5, temperature: 2 },
    oscillationDecay: 0.99,
    compileQuantizers: compiled,
  })
  return { built, nodes: readGraph(built.graph.savedModel()) }
}

/** All operations that fetching `fetch` runs. */
function needed(nodes: ReadonlyMap<string, WrittenNode>, fetch: string): WrittenNode[] {
  const seen = new Set<string>()
  const open = [fetch]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue
    seen.add(name)
    open.push(...(nodes.get(name)?.inputs ?? []).map((input) => input.replace(/^\^/, '')))
  }
  return [...seen].flatMap((name) => nodes.get(name) ?? [])
}

/** Inputs that a kernel wants on the host and that something computes. */
const waitsIn = (nodes: ReadonlyMap<string, WrittenNode>, used: readonly WrittenNode[]): string[] =>
  used.flatMap(({ name, type, inputs }) =>
    (HOST_INPUTS[type] ?? []).flatMap((position) => {
      const from = inputs.filter((input) => !input.startsWith('^')).at(position) ?? ''
      const source = nodes.get(from)?.type ?? 'nothing'
      return FROM_HOST.has(source) ? [] : [`${name} waits for ${from} (${source})`]
    }),
  )

describe.each(['mobilenet_v2_32x32', 'mobilenet_v2', 'resnet50', 'inception_v3'] as const)('the training steps of %s', (model) => {
  it.each([true, false])('have nothing in them that makes a GPU wait for the host (compiled: %s)', (compiled) => {
    const { built, nodes } = writtenGraph(model, compiled)
    for (const [fetch, operations] of [[built.floatStep?.report, 500], [built.widthStep?.report, 500], [built.oscillations?.track, 200]] as const) {
      const used = needed(nodes, fetch?.ref ?? '')
      expect(used.length).toBeGreaterThan(operations)
      expect([...new Set(used.map(({ type }) => type))].filter((type) => !ON_GPU.has(type) && !FROM_HOST.has(type))).toEqual([])
      expect(waitsIn(nodes, used)).toEqual([])
    }
  })

  it.each([true, false])('share a batch among GPUs, each with a whole pass of its own, and none waits for the host (compiled: %s)', (compiled) => {
    const { built, nodes } = writtenGraph(model, compiled, ['/device:GPU:0', '/device:GPU:1'])
    const alone = writtenGraph(model, compiled)
    for (const kind of ['floatStep', 'widthStep'] as const) {
      const used = needed(nodes, built[kind]?.report.ref ?? '')
      expect([...new Set(used.map(({ type }) => type))].filter((type) => !ON_GPU.has(type) && !FROM_HOST.has(type))).toEqual([])
      expect(waitsIn(nodes, used)).toEqual([])
      const heavy = used.filter(({ type }) => /^(Depthwise)?Conv2D|^MatMul$/.test(type))
      const single = needed(alone.nodes, alone.built[kind]?.report.ref ?? '').filter(({ type }) => /^(Depthwise)?Conv2D|^MatMul$/.test(type))
      const on = (device: string): WrittenNode[] => heavy.filter((node) => node.device === device)
      expect([on('/device:GPU:0').length, on('/device:GPU:1').length, heavy.length]).toEqual([single.length, single.length, 2 * single.length])
      // The host divides what it was fed, and does nothing else.
      expect(used.filter(({ device, type }) => device.includes('CPU') && type !== 'Const').map(({ type }) => type)).toEqual(['Slice', 'Slice', 'Slice', 'Slice'])
      const updates = used.filter(({ type }) => /^Assign|^ResourceApply|^ReadVariable|^VarHandle/.test(type))
      expect(updates.length).toBeGreaterThan(100)
      expect(updates.filter(({ device }) => device !== '')).toEqual([])
    }
  })
})
