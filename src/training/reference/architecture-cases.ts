import { z } from 'zod'
import { ModelName } from '../../contract/models'
import { costOf } from '../../models/cost'
import { parametersOf } from '../../models/parameter-list'
import { buildNetwork } from '../../models/registry'
import { fromStateDict, stateDictShape } from '../../models/state-dict-layout'
import { Graph } from '../../tensor/graph'
import * as nn from '../../tensor/nn-ops'
import * as op from '../../tensor/ops'
import { type Feed, Session } from '../../tensor/session'
import type { Tensor } from '../../tensor/types'
import { emitPass } from '../network-pass'
import { FamilyChecker, type FamilyReport, Float, FloatTensor, parseFixture } from './fixture'
import { type FormulaKind, formulaTensor } from './formula'

const BATCH = 2
const Kind = z.enum(['weight', 'gamma', 'beta', 'bias', 'mean', 'var'])
const ArchitectureFile = z.object({
  model: z.string(),
  image_size: z.int(),
  num_classes: z.int(),
  seed: z.int(),
  conv_gain: z.number(),
  parameter_count: z.int(),
  macs_per_image: z.int(),
  input_id: z.int(),
  state_dict: z.array(z.tuple([z.int(), z.string(), z.array(z.int()), z.string()])),
  labels: z.array(z.int()),
  eval_logits: FloatTensor,
  train_logits: FloatTensor,
  eval_mode_gradients: z.array(z.tuple([z.string(), Float, Float])),
  running_stats_after_train_forward: z.array(z.tuple([z.string(), Float, Float])),
})

const norm = (values: ArrayLike<number>): number => Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0))
const distance = (got: ArrayLike<number>, want: readonly number[]): number => norm(want.map((value, i) => (got[i] ?? 0) - value)) / norm(want)
const mean = (values: ArrayLike<number>, of: (value: number) => number): number => Array.from(values).reduce((sum, value) => sum + of(value), 0) / values.length
/** Of gradient norms with running statistics: activations that lie on a kink of ReLU6 flip with float noise. */
const GRADIENT_TOLERANCE = 0.05

/** Replays one `architecture/<model>.json`: names, counts, logits in both modes, running statistics and gradients. Null for a model that is not there. */
export function replayArchitecture(text: string, file: string): FamilyReport | null {
  const model = ModelName.safeParse(parseFixture(z.object({ model: z.string() }), text, file).model)
  if (!model.success) return null
  const recorded = parseFixture(ArchitectureFile, text, file)
  const checker = new FamilyChecker(`architecture/${recorded.model}`)
  const size = { channels: 3, height: recorded.image_size, width: recorded.image_size }
  const network = buildNetwork({ model: model.data, model_params: { width_mult: 1 }, num_classes: recorded.num_classes }, size)
  const infos = parametersOf(network)
  const kept = recorded.state_dict.filter(([, name]) => !name.endsWith('num_batches_tracked'))
  const cost = costOf(network)
  checker.beginCase()
  checker.compare(recorded.model, 'parameters and multiply-adds', [cost.parameterCount, cost.macs], [recorded.parameter_count, recorded.macs_per_image], { absolute: 0, relative: 0 })
  checker.compare(recorded.model, 'state-dict names and shapes', [infos.filter((info, i) => kept[i]?.[1] !== info.name || kept[i]?.[2].join() !== stateDictShape(info).join()).length, infos.length], [0, kept.length], { absolute: 0, relative: 0 })

  const graph = new Graph()
  const feeds: Feed[] = []
  const feed = (name: string, shape: readonly number[], data: Float32Array): Tensor => {
    const to = graph.placeholder(name, 'float32', shape)
    feeds.push({ to, dtype: 'float32', shape, data })
    return to
  }
  const stored = new Map(
    infos.map((info, i) => {
      const [id = 0, , shape = [], kind = 'weight'] = kept[i] ?? []
      const data = formulaTensor(recorded.seed, id, shape, Kind.parse(kind) satisfies FormulaKind, recorded.conv_gain)
      return [info.name, feed(info.name, info.shape, fromStateDict(info, { shape, data }))] as const
    }),
  )
  const planes = formulaTensor(recorded.seed, recorded.input_id, [BATCH, 3, size.height, size.width], 'input', recorded.conv_gain)
  const pixels = size.height * size.width
  const images = feed('images', [BATCH, size.height, size.width, 3], Float32Array.from({ length: planes.length }, (_, i) => {
    const channel = i % 3
    const pixel = Math.floor(i / 3) % pixels
    return planes[(Math.floor(i / (3 * pixels)) * 3 + channel) * pixels + pixel] ?? 0
  }))
  const pass = (batchNormTraining: boolean) =>
    emitPass({ graph, network, batchSize: BATCH, batchNormTraining, dropoutSeed: null, quantizers: null, stored: (name) => stored.get(name) ?? images }, images)
  const evaluated = pass(false)
  const trained = pass(true)
  const labels = graph.constant('int32', [BATCH], recorded.labels)
  const loss = nn.softmaxCrossEntropy(graph, evaluated.logits, labels)
  const gradients = evaluated.backward(op.multiply(graph, loss.gradient, graph.scalar(1 / BATCH))).parameters
  const statistics = recorded.running_stats_after_train_forward.filter(([name]) => trained.statistics.has(name))
  const differentiated = recorded.eval_mode_gradients.filter(([name]) => gradients.has(name))
  const session = new Session(graph)
  try {
    const fetched = [...statistics.map(([name]) => trained.statistics.get(name)), ...differentiated.map(([name]) => gradients.get(name))].filter((tensor) => tensor !== undefined)
    const [evalLogits, trainLogits, ...rest] = session.run(feeds, [evaluated.logits, trained.logits, ...fetched])
    checker.compare(recorded.model, 'logits in evaluation (relative distance)', [distance(evalLogits ?? [], recorded.eval_logits.data)], [0], { absolute: 1e-4, relative: 0 })
    checker.compare(recorded.model, 'logits in training (relative distance)', [distance(trainLogits ?? [], recorded.train_logits.data)], [0], { absolute: 1e-3, relative: 0 })
    statistics.forEach(([name, average, magnitude], i) => {
      const values = rest[i] ?? []
      checker.compare(name, 'running statistic', [mean(values, (value) => value), mean(values, Math.abs)], [average, magnitude], { absolute: 1e-5, relative: 1e-3 })
    })
    const worst = differentiated.map(([, wanted], i) => Math.abs(norm(rest[statistics.length + i] ?? []) - wanted) / wanted)
    checker.compare(recorded.model, 'norms of gradients (relative)', worst, worst.map(() => 0), { absolute: GRADIENT_TOLERANCE, relative: 0 })
    checker.compare(recorded.model, 'number of gradients', [differentiated.length], [recorded.eval_mode_gradients.length], { absolute: 0, relative: 0 })
  } finally {
    session.close()
  }
  return checker.report()
}
