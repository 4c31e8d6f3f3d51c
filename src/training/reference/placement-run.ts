import { SizeLossConfig } from '../../contract/training-config'
import type { NetworkDefinition } from '../../models/layers'
import { parametersOf } from '../../models/parameter-list'
import type { ParameterInfo } from '../../models/parameters'
import { type BitWidths, bitWidths } from '../../quantization/bit-widths'
import type { QuantizerSpec } from '../../quantization/quantizer-spec'
import { createCollector, ExtremesCollector } from '../../quantization/range-collectors'
import { type RangeState, rangesFromStatistics, type RangeStatistics, unifiedStatistics } from '../../quantization/range-initialisation'
import { sizeCost } from '../../quantization/round-widths'
import { sizeLoss } from '../../quantization/size-loss'
import { weightView } from '../../quantization/tensor-view'
import { Graph } from '../../tensor/graph'
import * as op from '../../tensor/ops'
import { Session } from '../../tensor/session'
import type { Tensor } from '../../tensor/types'
import { classificationLoss } from '../classification-loss'
import { emitPass, type NetworkPass } from '../network-pass'
import { createQuantizerEmitter, type QuantizerEmitter } from '../quantizer-emitter'
import { FeedList } from './feed-list'

export interface RunInputs {
  readonly network: NetworkDefinition
  readonly specs: readonly QuantizerSpec[]
  /** Parameters by state-dict name, in the engine's layout. */
  readonly state: ReadonlyMap<string, Float32Array>
  readonly images: Float32Array
  readonly labels: readonly number[]
  readonly batchSize: number
}

export interface GradientReport {
  readonly logits: Float32Array
  readonly crossEntropy: number
  readonly sizeLoss: number
  /** Of widths, by quantizer index; null where nothing reaches them. */
  readonly bits: readonly (number | null)[]
  /** Norm and sum for each range parameter. */
  readonly ranges: readonly (readonly number[] | null)[]
  /** Norm and sum, by state-dict name. */
  readonly parameters: ReadonlyMap<string, readonly number[]>
}

/** Tensors of a graph with the state of a recorded run fed in. */
class FedGraph {
  readonly graph = new Graph()
  private readonly fed = new FeedList(this.graph)
  readonly feeds = this.fed.feeds
  readonly feed = this.fed.float
  readonly images: Tensor
  readonly infos: ReadonlyMap<string, ParameterInfo>
  private readonly parameters: ReadonlyMap<string, Tensor>
  private bits: Tensor | null = null

  constructor(readonly inputs: RunInputs) {
    const infos = parametersOf(inputs.network)
    this.infos = new Map(infos.map((info) => [info.name, info]))
    this.parameters = new Map(infos.map(({ name, shape }) => [name, this.feed(name, shape, inputs.state.get(name) ?? new Float32Array())]))
    this.images = this.feed('images', [inputs.batchSize, ...inputs.network.input], inputs.images)
  }

  readonly stored = (name: string): Tensor => {
    const tensor = this.parameters.get(name)
    if (!tensor) throw new RangeError(`no parameter ${name}`)
    return tensor
  }

  pass(quantizers: QuantizerEmitter | null, training: boolean): NetworkPass {
    const { network, batchSize } = this.inputs
    return emitPass(
      { graph: this.graph, network, batchSize, batchNormTraining: training, auxiliary: training, dropoutSeed: null, quantizers, stored: this.stored },
      this.images,
    )
  }

  /** Quantizers with the given ranges, rounded operation by operation; their widths are given to each run. */
  quantizers(ranges: readonly RangeState[], integer: boolean): { widths: BitWidths; emitter: QuantizerEmitter } {
    const { graph } = this
    const { specs } = this.inputs
    this.bits = this.feed('bits', [specs.length], new Float32Array(specs.length))
    const column = (name: string, values: readonly number[]): Tensor => this.feed(name, [specs.length], Float32Array.from(values))
    const signed = ranges.map((range) => (range.mode === 'symmetric' && range.signed ? 1 : 0))
    const widths = bitWidths(
      graph,
      {
        bits: this.bits,
        frozen: column(
          'frozen',
          specs.map(() => 0),
        ),
        minBits: column(
          'min_bits',
          specs.map((spec) => spec.minBits),
        ),
        maxBits: column(
          'max_bits',
          specs.map((spec) => spec.maxBits),
        ),
        halfRange: column(
          'half_range',
          specs.map((spec) => (spec.halfRange ? 1 : 0)),
        ),
        signed: column('signed', signed),
      },
      { integer },
    )
    const parameters = ranges.map((range, i) =>
      (range.mode === 'symmetric' ? [range.scale] : [range.inputLow, range.inputRange]).map((values, k) =>
        this.feed(`range_${String(i)}_${String(k)}`, [values.length], values),
      ),
    )
    const weightShapes = new Map([...this.infos.values()].filter(({ name }) => name.endsWith('.weight')).map((info) => [info.layer, info.shape]))
    const emitter = createQuantizerEmitter({
      graph,
      specs,
      weightShapes,
      parameters,
      levels: widths.levels,
      integer,
      compile: false,
    })
    return { widths, emitter }
  }

  /** Runs once for each list of widths. */
  run(fetches: readonly Tensor[], widths: readonly (readonly number[])[] = [[]]): Float32Array[][] {
    const session = new Session(this.graph)
    try {
      return widths.map((bits) => {
        const feeds = this.feeds.map((feed) => (feed.to === this.bits ? { ...feed, data: Float32Array.from(bits) } : feed))
        return session.run(feeds, fetches).map((value) => Float32Array.from(value))
      })
    } finally {
      session.close()
    }
  }
}

/** Only weights are quantized; activations pass. */
const weightsOnly = (emitter: QuantizerEmitter, specs: readonly QuantizerSpec[]): QuantizerEmitter => ({
  ...emitter,
  indexOf: (point) => {
    const index = emitter.indexOf(point)
    return specs[index]?.kind === 'weight' ? index : -1
  },
})

/** Ranges of all quantizers from one batch through the float network in evaluation, as `mixed_min_max` finds them (spec 7). */
export function initialRanges(inputs: RunInputs): RangeState[] {
  const fed = new FedGraph(inputs)
  const { graph } = fed
  const { values } = fed.pass(null, false)
  const shapes = new Map([['input', inputs.network.input], ...inputs.network.layers.map((layer) => [layer.id, layer.shape] as const)])
  const fetches: Tensor[] = []
  for (const spec of inputs.specs) {
    if (spec.kind === 'weight') continue
    for (const { layer } of spec.points) {
      const value = values.get(layer)
      if (!value) throw new RangeError(`no value ${layer}`)
      const x = op.reshape(graph, value, [inputs.batchSize, ...(shapes.get(layer) ?? [])])
      const axes = spec.perChannel ? [0, 1, 2] : [1, 2, 3]
      fetches.push(op.reduceMin(graph, x, axes), op.reduceMax(graph, spec.mode === 'symmetric' ? op.absolute(graph, x) : x, axes))
    }
  }
  const [extremes = []] = fed.run(fetches)
  let next = 0
  return inputs.specs.map((spec) => {
    const options = {
      type: 'mixed_min_max' as const,
      weights: spec.kind === 'weight',
      symmetric: spec.mode === 'symmetric',
      channelAxis: spec.perChannel ? (spec.kind === 'weight' ? 0 : 1) : null,
    }
    const info = fed.infos.get(`${spec.layer}.weight`)
    const statisticsOf = (): RangeStatistics => {
      if (spec.kind === 'weight' && info) {
        const collector = createCollector(options)
        collector.add(weightView(inputs.state.get(info.name) ?? [], info))
        return collector.result()
      }
      const collector = new ExtremesCollector(options)
      collector.addExtremes(extremes[next++] ?? new Float32Array(), extremes[next++] ?? new Float32Array())
      return collector.result()
    }
    return rangesFromStatistics(spec.id, spec, unifiedStatistics(spec.points.map(statisticsOf)))
  })
}

/** Logits in evaluation for each list of widths, with all quantizers or those of weights alone. */
export function evaluatedLogits(
  inputs: RunInputs,
  ranges: readonly RangeState[],
  widths: readonly (readonly number[])[],
  mode: { readonly which: 'weights' | 'all'; readonly integer: boolean },
): Float32Array[] {
  const fed = new FedGraph(inputs)
  const { emitter } = fed.quantizers(ranges, mode.integer)
  const { logits } = fed.pass(mode.which === 'all' ? emitter : weightsOnly(emitter, inputs.specs), false)
  return fed.run([logits], widths).map(([values = new Float32Array()]) => values)
}

/**
 * The quantizer of each point, in execution order, applied to the float value there: mean and magnitude before and behind it, and the mean
 * distance between the two. One list of rows for each list of widths.
 */
export function openLoop(inputs: RunInputs, ranges: readonly RangeState[], widths: readonly (readonly number[])[]): Float32Array[][] {
  const fed = new FedGraph(inputs)
  const { graph } = fed
  const { emitter } = fed.quantizers(ranges, false)
  const { values } = fed.pass(null, false)
  const shapes = new Map([['input', inputs.network.input], ...inputs.network.layers.map((layer) => [layer.id, layer.shape] as const)])
  const mean = (x: Tensor): Tensor => op.reduceMean(graph, op.reshape(graph, x, [-1]), [0])
  const points = inputs.specs
    .flatMap(({ kind, points }, index) => points.map(({ layer, order }) => ({ kind, index, layer, order })))
    .sort((a, b) => a.order - b.order)
  const rows = points.map(({ kind, index, layer }) => {
    const x = kind === 'weight' ? fed.stored(`${layer}.weight`) : values.get(layer)
    if (!x) throw new RangeError(`no value ${layer}`)
    const y = emitter.forward(index, x, kind === 'weight' ? emitter.weightShape(index) : [inputs.batchSize, ...(shapes.get(layer) ?? [])])
    return op.pack(graph, [
      mean(x),
      mean(op.absolute(graph, x)),
      mean(y),
      mean(op.absolute(graph, y)),
      mean(op.absolute(graph, op.subtract(graph, y, x))),
    ])
  })
  return fed.run(rows, widths)
}

/** One pass forward and backward with quantized weights. In training batch statistics normalise, an auxiliary head and the size loss take part. */
export function gradientStep(
  inputs: RunInputs,
  ranges: readonly RangeState[],
  bits: readonly number[],
  mode: { readonly training: boolean; readonly loss: Partial<SizeLossConfig> },
): GradientReport {
  const fed = new FedGraph(inputs)
  const { graph } = fed
  const { specs } = inputs
  const { widths, emitter } = fed.quantizers(ranges, false)
  const pass = fed.pass(weightsOnly(emitter, specs), mode.training)
  const loss = classificationLoss(graph, pass, graph.constant('int32', [inputs.batchSize], inputs.labels), inputs.batchSize)
  const gradients = loss.backward()
  const elements = graph.constant(
    'float32',
    [specs.length],
    specs.map((spec) => spec.elements),
  )
  const size = sizeLoss(
    graph,
    SizeLossConfig.parse(mode.loss),
    widths.clamped,
    elements,
    specs.length,
    sizeCost(specs)(specs.map((spec) => spec.initialBits)),
  )
  const task = op.pack(
    graph,
    specs.map((_, i) => gradients.bits.get(i) ?? graph.scalar(0)),
  )
  const total = op.multiply(graph, mode.training ? op.add(graph, task, size.gradient) : task, widths.gradientMask)
  const normAndSum = (x: Tensor): Tensor => {
    const flat = op.reshape(graph, x, [-1])
    return op.pack(graph, [op.squareRoot(graph, op.reduceSum(graph, op.square(graph, flat), [0])), op.reduceSum(graph, flat, [0])])
  }
  const ofRanges = [...gradients.ranges].map(([index, parts]) => [index, op.reshape(graph, op.pack(graph, parts.map(normAndSum)), [-1])] as const)
  const ofParameters = [...gradients.parameters].map(([name, gradient]) => [name, normAndSum(gradient)] as const)
  const fetches = [pass.logits, loss.crossEntropy, size.loss, total, ...ofRanges.map(([, x]) => x), ...ofParameters.map(([, x]) => x)]
  const [[logits, crossEntropy, sizeValue, widthGradients, ...rest] = []] = fed.run(fetches, [bits])
  const rangeOf = new Map(ofRanges.map(([index], i) => [index, Array.from(rest[i] ?? [])]))
  return {
    logits: logits ?? new Float32Array(),
    crossEntropy: crossEntropy?.[0] ?? Number.NaN,
    sizeLoss: sizeValue?.[0] ?? Number.NaN,
    bits: specs.map((_, i) => (gradients.bits.has(i) ? (widthGradients?.[i] ?? null) : null)),
    ranges: specs.map((_, i) => rangeOf.get(i) ?? null),
    parameters: new Map(ofParameters.map(([name], i) => [name, Array.from(rest[ofRanges.length + i] ?? [])])),
  }
}
