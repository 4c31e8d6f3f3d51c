import type { NetworkDefinition } from '../../models/layers'
import { moduleOutput } from '../../models/module-output'
import { parametersOf } from '../../models/parameter-list'
import { Graph } from '../../tensor/graph'
import * as op from '../../tensor/ops'
import { Session } from '../../tensor/session'
import type { Tensor } from '../../tensor/types'
import { classificationLoss } from '../classification-loss'
import { emitPass } from '../network-pass'
import { FeedList } from './feed-list'

export interface NetworkInputs {
  /** Parameters by state-dict name. */
  readonly state: ReadonlyMap<string, Float32Array>
  /** [batch, height, width, channels]. */
  readonly images: Float32Array
  readonly labels: readonly number[]
  readonly batchSize: number
}

/** What a network computes in float; pairs are mean and mean magnitude. */
export interface Computed {
  readonly logits: Float32Array
  readonly auxiliaryLogits: Float32Array | null
  readonly loss: number
  /** Of the outputs of PyTorch modules, by path. */
  readonly modules: ReadonlyMap<string, readonly number[]>
  readonly statistics: ReadonlyMap<string, readonly number[]>
  /** Of all parameters that the loss depends on. */
  readonly gradientNorms: ReadonlyMap<string, number>
}

/** Runs a network once, forward and backward, without dropout. In training batch statistics normalise and an auxiliary head takes part. */
export function computeNetwork(
  network: NetworkDefinition,
  inputs: NetworkInputs,
  modules: readonly string[],
  mode: { readonly training: boolean },
): Computed {
  const graph = new Graph()
  const { feeds, float: feed } = new FeedList(graph)
  const parameters = new Map(parametersOf(network).map(({ name, shape }) => [name, feed(name, shape, inputs.state.get(name) ?? new Float32Array())]))
  const stored = (name: string): Tensor => {
    const tensor = parameters.get(name)
    if (!tensor) throw new RangeError(`no parameter ${name}`)
    return tensor
  }
  const images = feed('images', [inputs.batchSize, ...network.input], inputs.images)
  const { training } = mode
  const options = {
    graph,
    network,
    batchSize: inputs.batchSize,
    batchNormTraining: training,
    auxiliary: training,
    dropoutSeed: null,
    quantizers: null,
    stored,
  }
  const pass = emitPass(options, images)
  const loss = classificationLoss(graph, pass, graph.constant('int32', [inputs.batchSize], inputs.labels), inputs.batchSize)

  const meanOf = (tensor: Tensor): Tensor => op.reduceMean(graph, op.reshape(graph, tensor, [-1]), [0])
  const described = (tensor: Tensor): Tensor => op.pack(graph, [meanOf(tensor), meanOf(op.absolute(graph, tensor))])
  const outputs = modules.flatMap((path): [string, Tensor][] => {
    const layer = moduleOutput(network.layers, path)
    const value = layer && pass.values.get(layer.id)
    return value ? [[path, described(value)]] : []
  })
  const statistics = [...pass.statistics].map(([name, value]): [string, Tensor] => [name, described(value)])
  const norms = [...loss.backward().parameters].map(([name, gradient]): [string, Tensor] => [
    name,
    op.squareRoot(graph, op.reduceSum(graph, op.square(graph, op.reshape(graph, gradient, [-1])), [0])),
  ])
  const session = new Session(graph)
  try {
    const heads = [pass.logits, loss.crossEntropy, ...(pass.auxiliaryLogits ? [pass.auxiliaryLogits] : [])]
    const values = session
      .run(feeds, [...heads, ...[...outputs, ...statistics, ...norms].map(([, tensor]) => tensor)])
      .map((value) => Float32Array.from(value))
    const tail = values.slice(heads.length)
    const pairs = (list: readonly [string, Tensor][], from: number): Map<string, readonly number[]> =>
      new Map(list.map(([name], i) => [name, Array.from(tail[from + i] ?? [])]))
    return {
      logits: values[0] ?? new Float32Array(),
      auxiliaryLogits: pass.auxiliaryLogits ? (values[2] ?? null) : null,
      loss: values[1]?.[0] ?? Number.NaN,
      modules: pairs(outputs, 0),
      statistics: pairs(statistics, outputs.length),
      gradientNorms: new Map(norms.map(([name], i) => [name, tail[outputs.length + statistics.length + i]?.[0] ?? Number.NaN])),
    }
  } finally {
    session.close()
  }
}
