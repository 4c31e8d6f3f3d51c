import { z } from 'zod'
import { SizeLossConfig } from '../../contract/training-config'
import { boundsFor, INITIAL_BITS } from '../../quantization/quantizer-spec'
import { bitWidths } from '../../quantization/bit-widths'
import { modelSizeBits, sizeLoss } from '../../quantization/size-loss'
import { Graph } from '../../tensor/graph'
import * as op from '../../tensor/ops'
import { Session } from '../../tensor/session'
import { FamilyChecker, type FamilyReport, Float, parseFixture } from './fixture'

const Net = z.object({ layers: z.array(z.object({ numel: z.int() })), init_model_size: z.number() })
const SizeLossFile = z.object({
  models: z.record(z.string(), Net),
  cases: z.array(
    z.object({
      name: z.string(),
      net: z.string(),
      loss: z.object({ type: z.string(), compression_rate: z.number(), criteria: z.string(), flip_loss: z.boolean(), alpha: z.number() }),
      num_bits: z.array(Float),
      expect: z.object({
        loss: Float,
        grad_num_bits: z.array(Float).nullish(),
        state: z.object({ current_model_size: z.number(), fractional_model_size: Float, compression_rate: Float }),
      }),
    }),
  ),
})

const TOLERANCE = { absolute: 1e-6, relative: 1e-5 }

/** Replays `loss.json`: value, gradient and statistics of the model-size loss. */
export function replaySizeLoss(text: string, file: string): FamilyReport {
  const checker = new FamilyChecker('size-loss')
  const fixture = parseFixture(SizeLossFile, text, file)
  for (const c of fixture.cases) {
    checker.beginCase()
    const net = fixture.models[c.net]
    if (!net) continue
    const count = net.layers.length
    const elements = net.layers.map((layer) => layer.numel)
    const graph = new Graph()
    const all = (value: number) => graph.constant('float32', [count], Array.from({ length: count }, () => value))
    const bits = graph.placeholder('bits', 'float32', [count])
    const { minBits, maxBits } = boundsFor(INITIAL_BITS)
    const widths = bitWidths(graph, { bits, frozen: all(0), minBits: all(minBits), maxBits: all(maxBits), halfRange: all(0), signed: all(1) }, { integer: false })
    const config = SizeLossConfig.parse(c.loss)
    const loss = sizeLoss(graph, config, widths.clamped, graph.constant('float32', [count], elements), count, net.init_model_size)
    const gradient = op.multiply(graph, loss.gradient, widths.gradientMask)
    const session = new Session(graph)
    try {
      const feeds = [{ to: bits, dtype: 'float32' as const, shape: [count], data: Float32Array.from(c.num_bits) }]
      const [value, grad, rate, rounded] = session.run(feeds, [loss.loss, gradient, loss.rate, widths.rounded])
      const size = modelSizeBits(elements, Array.from(rounded ?? []))
      checker.compare(c.name, 'loss', value ?? [], [c.expect.loss], TOLERANCE)
      if (c.expect.grad_num_bits) checker.compare(c.name, 'gradient', grad ?? [], c.expect.grad_num_bits, TOLERANCE)
      checker.compare(c.name, 'fractional rate', rate ?? [], [c.expect.state.fractional_model_size], TOLERANCE)
      checker.compare(c.name, 'size', [size], [c.expect.state.current_model_size], { absolute: 0, relative: 0 })
      checker.compare(c.name, 'rate', [net.init_model_size / size], [c.expect.state.compression_rate], TOLERANCE)
    } finally {
      session.close()
    }
  }
  return checker.report()
}
