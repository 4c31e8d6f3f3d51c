import { z } from 'zod'
import { SizeLossConfig } from '../../contract/training-config'
import { boundsFor, INITIAL_BITS } from '../../quantization/quantizer-spec'
import { bitWidths } from '../../quantization/bit-widths'
import { sizeCost } from '../../quantization/round-widths'
import { sizeLoss } from '../../quantization/size-loss'
import { Graph } from '../../tensor/graph'
import * as op from '../../tensor/ops'
import { Session } from '../../tensor/session'
import { FamilyChecker, type FamilyReport, Float, parseFixture } from './fixture'
import { checkLossRules, LossRules } from './loss-rules'

const Net = z.object({ layers: z.array(z.object({ numel: z.int() })), init_model_size: z.number() })
const State = z.object({ current_model_size: z.number(), fractional_model_size: Float, compression_rate: Float })
const Loss = z.object({ compression_rate: z.number(), criteria: z.enum(['L1', 'L2']), flip_loss: z.boolean(), alpha: z.number() })
const SizeLossFile = LossRules.extend({
  models: z.record(z.string(), Net),
  defaults: LossRules.shape.defaults.extend({ loss_all8: Float }),
  frozen: z.object({ num_bits: z.array(Float), loss_defaults_config: Loss.partial().transform(({ alpha = 10 }) => ({ alpha })), loss: Float, state: State }),
  cases: z.array(z.object({ name: z.string(), net: z.string(), loss: Loss, num_bits: z.array(Float), expect: z.object({ loss: Float, grad_num_bits: z.array(Float).nullish(), state: State }) })),
})

const TOLERANCE = { absolute: 1e-6, relative: 1e-5 }

/** Replays `loss.json`: value, gradient and statistics of the model-size loss, fractional and frozen, its defaults and refusals, and when widths freeze. */
export function replaySizeLoss(text: string, file: string): FamilyReport {
  const checker = new FamilyChecker('size-loss')
  const fixture = parseFixture(SizeLossFile, text, file)
  for (const c of fixture.cases) {
    checker.beginCase()
    const net = fixture.models[c.net]
    if (net) checkLoss(checker, c.name, net, { loss: c.loss, bits: c.num_bits, frozen: false }, c.expect)
  }
  const net5 = fixture.models['net5']
  if (net5) {
    const { frozen, defaults } = fixture
    checker.beginCase()
    checkLoss(checker, 'frozen', net5, { loss: frozen.loss_defaults_config, bits: frozen.num_bits, frozen: true }, { ...frozen, grad_num_bits: frozen.num_bits.map(() => 0) })
    checker.beginCase()
    checkLoss(checker, 'defaults at 8 bits', net5, { loss: {}, bits: net5.layers.map(() => INITIAL_BITS), frozen: false }, { loss: defaults.loss_all8 })
  }
  checkLossRules(checker, fixture)
  return checker.report()
}

interface LossInputs {
  readonly loss: z.input<typeof SizeLossConfig>
  readonly bits: readonly number[]
  readonly frozen: boolean
}

interface LossExpectation {
  readonly loss: number
  readonly grad_num_bits?: readonly number[] | null | undefined
  readonly state?: z.infer<typeof State>
}

function checkLoss(checker: FamilyChecker, name: string, net: z.infer<typeof Net>, inputs: LossInputs, expected: LossExpectation): void {
  const count = net.layers.length
  const elements = net.layers.map((layer) => layer.numel)
  const graph = new Graph()
  const all = (value: number) => graph.constant('float32', [count], Array.from({ length: count }, () => value))
  const bits = graph.placeholder('bits', 'float32', [count])
  const { minBits, maxBits } = boundsFor(INITIAL_BITS)
  const frozen = all(inputs.frozen ? 1 : 0)
  const widths = bitWidths(graph, { bits, frozen, minBits: all(minBits), maxBits: all(maxBits), halfRange: all(0), signed: all(1) }, { integer: false })
  const loss = sizeLoss(graph, SizeLossConfig.parse(inputs.loss), widths.clamped, graph.constant('float32', [count], elements), count, net.init_model_size)
  const gradient = op.multiply(graph, loss.gradient, widths.gradientMask)
  const session = new Session(graph)
  try {
    const feeds = [{ to: bits, dtype: 'float32' as const, shape: [count], data: Float32Array.from(inputs.bits) }]
    const [value, grad, rate, rounded] = session.run(feeds, [loss.loss, gradient, loss.rate, widths.rounded])
    const size = sizeCost(elements.map((count) => ({ elements: count })))(Array.from(rounded ?? []))
    checker.compare(name, 'loss', value ?? [], [expected.loss], TOLERANCE)
    if (expected.grad_num_bits) checker.compare(name, 'gradient', grad ?? [], expected.grad_num_bits, TOLERANCE)
    if (!expected.state) return
    checker.compare(name, 'fractional rate', rate ?? [], [expected.state.fractional_model_size], TOLERANCE)
    checker.compare(name, 'size', [size], [expected.state.current_model_size], { absolute: 0, relative: 0 })
    checker.compare(name, 'rate', [net.init_model_size / size], [expected.state.compression_rate], TOLERANCE)
  } finally {
    session.close()
  }
}
