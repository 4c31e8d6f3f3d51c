import { describe, expect, it } from 'vitest'
import { CompressionConfig, OptimizerConfig } from '../contract/training-config'
import type { NetworkDefinition } from '../models/layers'
import { createNetworkBuilder } from '../models/network-builder'
import { placeQuantizers } from '../quantization/placement'
import { roundHalfEven } from '../util/round-half-even'
import { sizeCost } from '../quantization/round-widths'
import { sizeLoss } from '../quantization/size-loss'
import { Graph } from '../tensor/graph'
import * as op from '../tensor/ops'
import { Session } from '../tensor/session'
import { randomStream } from '../util/random'
import { createGraphContext } from './graph-context'
import { emitPass } from './network-pass'
import { planOptimizer } from './optimizer-plan'
import { emitUpdate } from './optimizer-update'
import { quantizationStatistics } from './statistics/quantization-statistics'
import { sizeStatistics, statisticsScalars } from './statistics/size-statistics'
import { createTrainingVariables } from './training-variables'
import { emitWidthUpdate } from './width-update'

/** The unit problem of the specification (section 12): one convolution with two filters of 2x2, on images of 4x4. */
function network(): NetworkDefinition {
  const net = createNetworkBuilder({ name: 'conv', className: 'Net', input: [4, 4, 1], numClasses: 2 })
  const conv = net.conv('conv', net.input, { out: 2, kernel: 2, padding: 0, bias: true })
  const classifier = net.finish(net.globalAveragePool(null, conv))
  // No classifier: the feature maps are what is learned.
  return { ...classifier, layers: classifier.layers.filter(({ id }) => id === conv.id), output: conv.id }
}
const FILTERS = [0, 0, -1, -1, -1, -1, 0, 0]
const BIAS = [-2, -2]
const OUTPUT = [1, 3, 3, 2] as const

const compression = CompressionConfig.parse({
  algorithm: 'fracbits_quantization',
  freeze_epoch: -1,
  initializer: { range: { num_init_samples: 0 } },
  loss: { type: 'model_size', compression_rate: 1.5, criteria: 'L1', flip_loss: false, alpha: 1 },
})

interface Conv {
  /** One step; gives the size loss and the gradient that the widths were given. */
  step(): { loss: number; gradient: Float32Array }
  freeze(): void
  widths(): Float32Array
  close(): void
}

/** The quantized convolution, learning what the float one computes, with plain gradient descent at 0.1. */
function problem(): Conv {
  const definition = network()
  const specs = placeQuantizers(definition, compression)
  const graph = new Graph()
  const variables = createTrainingVariables(graph, definition, specs, 1)
  const optimizer = OptimizerConfig.parse({ type: 'SGD', base_lr: 0.1, weight_decay: 0, optimizer_params: { momentum: 0 } })
  const plan = planOptimizer(optimizer)
  const context = createGraphContext(
    graph,
    {
      network: definition,
      specs,
      batchSize: 1,
      evaluationBatchSize: 1,
      mean: [0],
      std: [1],
      floatOptimizer: null,
      widthOptimizer: optimizer,
      sizeLoss: compression.loss,
      compileQuantizers: false,
    },
    variables,
    1,
  )
  const widths = context.widths({ integer: false })
  if (!widths || !variables.widths) throw new RangeError('widths')
  const random = randomStream(3003, 0)
  const image = Array.from({ length: 16 }, (_, i) => random.normal(i))
  const x = graph.constant('float32', [1, 4, 4, 1], image)
  const clean = (row: number, column: number): number => -(image[4 * row + column + 1] ?? 0) - (image[4 * (row + 1) + column] ?? 0) - 2
  const target = Array.from({ length: 18 }, (_, i) => clean(Math.floor(i / 6), Math.floor(i / 2) % 3) + 0.1 * random.normal(100 + i))
  const stored = (name: string) => variables.parameters.get(name)?.variable.value ?? x
  const pass = emitPass(
    { graph, network: definition, batchSize: 1, batchNormTraining: true, dropoutSeed: null, stored, quantizers: context.emitter(widths, false) },
    x,
  )
  const off = op.subtract(graph, pass.logits, graph.constant('float32', OUTPUT, target))
  const passed = pass.backward(op.multiply(graph, off, graph.scalar(2 / target.length)))
  const elements = specs.map((spec) => spec.elements)
  const initialSize = sizeCost(specs)(specs.map((spec) => spec.initialBits))
  const loss = sizeLoss(graph, compression.loss, widths.clamped, graph.constant('float32', [specs.length], elements), specs.length, initialSize)
  const inputs = { rate: graph.scalar(0.1), factors: [graph.scalar(1), graph.scalar(1)] }
  const [rule] = plan.rules
  if (!rule) throw new RangeError('rule')
  const task = op.pack(
    graph,
    specs.map((_, i) => passed.bits.get(i) ?? graph.scalar(0)),
  )
  const gradient = op.multiply(graph, op.add(graph, task, loss.gradient), widths.gradientMask)
  const updates = [...variables.parameters].flatMap(([name, { variable, slots }]) =>
    emitUpdate(graph, rule, variable, slots, passed.parameters.get(name) ?? variable.value, inputs),
  )
  variables.ranges.forEach((list, index) => {
    list.forEach(({ variable, slots }, i) =>
      updates.push(...emitUpdate(graph, rule, variable, slots, passed.ranges.get(index)?.[i] ?? variable.value, inputs)),
    )
  })
  updates.push(
    ...emitWidthUpdate(
      graph,
      specs.map(() => rule),
      variables.widths,
      gradient,
      inputs,
      false,
    ).operations,
  )
  const step = op.identity(graph, loss.loss, updates, 'step')
  const assign = op.identity(
    graph,
    graph.scalar(0),
    variables.all.map((variable) => variable.assign),
    'assign',
  )
  const freeze = op.identity(graph, graph.scalar(0), [variables.widths.frozen.assign], 'freeze')
  const session = new Session(graph)

  // Without samples, scales start at 1, and activations unsigned (spec 7.1).
  const initial = new Map([
    ['conv.weight', FILTERS],
    ['conv.bias', BIAS],
    ['quantizers/bits', specs.map((spec) => spec.initialBits)],
    ['quantizers/signed', specs.map((spec) => (spec.forceSigned === true ? 1 : 0))],
    ...specs.map((spec): [string, number[]] => [`quantizers/${spec.id}/scale`, [...Array(spec.ranges).keys()].map(() => 1)]),
  ])
  session.run(
    variables.all.map(({ feed, shape, name }) => ({
      to: feed,
      dtype: 'float32',
      shape,
      data: Float32Array.from(initial.get(name) ?? new Float32Array(shape.reduce((product, size) => product * size, 1))),
    })),
    [assign],
  )
  const bits = variables.widths.bits.variable.value
  const frozen = variables.widths.frozen
  return {
    step: () => {
      const [value, slope] = session.run([], [step, gradient])
      return { loss: value?.[0] ?? Number.NaN, gradient: Float32Array.from(slope ?? []) }
    },
    freeze: () =>
      void session.run([{ to: frozen.feed, dtype: 'float32', shape: frozen.shape, data: new Float32Array(specs.length).fill(1) }], [freeze]),
    widths: () => session.floats([], bits),
    close: () => {
      session.close()
    },
  }
}

describe('FracBits on one convolution', () => {
  const specs = placeQuantizers(network(), compression)

  it('has exactly one quantizer of its weights, symmetric, under its name in the original', () => {
    expect(specs.filter(({ kind }) => kind === 'weight').map(({ mode, layer, points: [{ nncfId }] }) => ({ mode, layer, nncfId }))).toEqual([
      { mode: 'symmetric', layer: 'conv', nncfId: expect.stringMatching(/NNCFConv2d\[conv\].*\|WEIGHT$/) },
    ])
  })

  it('takes the size loss with the given settings, whose gradient reaches the width of the weights', () => {
    const conv = problem()
    try {
      const { loss, gradient } = conv.step()
      // At 8 bits the rate is 1, half a unit away from 1.5.
      expect(loss).toBeCloseTo(0.5, 6)
      const width = gradient[specs.findIndex(({ kind }) => kind === 'weight')] ?? 0
      expect(width).not.toBe(0)
    } finally {
      conv.close()
    }
  })

  it('brings the width down to the target: at most 5 bits after 500 steps, frozen after 301', () => {
    const conv = problem()
    try {
      for (let step = 0; step < 500; step++) {
        conv.step()
        if (step === 300) conv.freeze()
      }
      const final = conv.widths()
      specs.forEach(({ kind }, i) => {
        if (kind === 'weight') expect(roundHalfEven(final[i] ?? Number.NaN)).toBeLessThanOrEqual(5)
      })
      expect(final.every(Number.isFinite)).toBe(true)
    } finally {
      conv.close()
    }
  })

  it('reports statistics of its quantizers and of the algorithm', () => {
    const widths = specs.map(({ initialBits }) => initialBits)
    expect(quantizationStatistics(network(), specs, { widths, signed: specs.map(() => 1) })).toContain('All placed WQs')
    expect(statisticsScalars(sizeStatistics(specs, widths)).map(({ key }) => key)).toContain('fracbits_quantization/compression_rate')
  })
})
