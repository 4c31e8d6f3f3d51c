import { z } from 'zod'
import { bitWidths } from '../../quantization/bit-widths'
import { fractionalGradient, type FractionalForm, fractionalQuantize } from '../../quantization/fractional-quantizer'
import { Graph } from '../../tensor/graph'
import * as op from '../../tensor/ops'
import { Session } from '../../tensor/session'
import type { Tensor } from '../../tensor/types'
import { channelOrder, FamilyChecker, type FamilyReport, Float, FloatTensor, parseFixture } from './fixture'
import { FeedList } from './feed-list'

const ParameterGradients = {
  grad_num_bits: z.union([Float, z.array(Float), FloatTensor]).nullish(),
  grad_scale_storage: FloatTensor.nullish(),
  grad_input_low: FloatTensor.nullish(),
  grad_input_range_storage: FloatTensor.nullish(),
}

const QuantizerCase = z.object({
  name: z.string(),
  kind: z.enum(['symmetric', 'asymmetric']),
  signed: z.boolean().nullable(),
  half_range: z.boolean(),
  log_scale: z.boolean(),
  scale_shape: z.array(z.int()),
  enabled: z.boolean(),
  min_num_bits: z.int().nullable(),
  max_num_bits: z.int().nullable(),
  num_bits_param: Float,
  frozen: z.boolean(),
  compression_lr_multiplier: z.number().nullish(),
  params: z.object({ scale: FloatTensor.optional(), input_low: FloatTensor.optional(), input_range: FloatTensor.optional() }),
  x: FloatTensor,
  grad_out: FloatTensor,
  expect: z.object({ frac_num_bits: Float, num_bits: z.int(), output: FloatTensor, grad_x: FloatTensor, ...ParameterGradients }),
  expect_masked: z.object(ParameterGradients).nullish(),
  near_tie: z.array(z.int()).default([]),
  near_edge: z.array(z.int()).default([]),
})
type QuantizerCase = z.infer<typeof QuantizerCase>
const QuantizerFile = z.object({ cases: z.array(QuantizerCase) })

const EXACT = { absolute: 1e-6, relative: 1e-6 }
/** Below this a float32 is subnormal. */
const SMALLEST_NORMAL = 2 ** -126
const REDUCED = { absolute: 1e-5, relative: 1e-4 }

interface Replay {
  readonly output: Float32Array
  readonly gradX: Float32Array
  readonly parameters: readonly Float32Array[]
  readonly bits: number
  readonly clamped: number
  readonly rounded: number
}

/** Runs one recorded quantizer forward and backward on the engine. */
function replay(c: QuantizerCase, gradOut: Float32Array): Replay {
  const order = channelOrder(c.x.shape, c.scale_shape)
  const graph = new Graph()
  const { feeds, float: feed } = new FeedList(graph)
  const single = (name: string, value: number): Tensor => feed(name, [1], Float32Array.of(value))
  const size = [order.rows, order.channels] as const
  const x = feed('x', size, order.toEngine(c.x.data))
  const g = feed('g', size, order.toEngine(gradOut))
  const stored = (values: readonly number[], logarithmic: boolean): Float32Array => Float32Array.from(values, (value) => (logarithmic ? Math.log(value) : value))
  const parameters =
    c.kind === 'symmetric'
      ? [feed('scale', [order.channels], stored(c.params.scale?.data ?? [], c.log_scale))]
      : [
          feed('low', [order.channels], stored(c.params.input_low?.data ?? [], false)),
          feed('range', [order.channels], stored(c.params.input_range?.data ?? [], c.log_scale)),
        ]
  const widths = bitWidths(
    graph,
    {
      bits: single('bits', c.num_bits_param),
      frozen: single('frozen', c.frozen ? 1 : 0),
      minBits: single('min', c.min_num_bits ?? c.num_bits_param),
      maxBits: single('max', c.max_num_bits ?? c.num_bits_param),
      halfRange: single('half', c.half_range ? 1 : 0),
      signed: single('signed', c.kind === 'symmetric' && c.signed === true ? 1 : 0),
    },
    { integer: false },
  )
  const [row] = op.unpack(graph, widths.levels, 1)
  if (!row) throw new RangeError('one row')
  const form: FractionalForm = { mode: c.kind, perChannel: order.channels > 1, logarithmic: c.log_scale }
  const y = fractionalQuantize(graph, form, x, parameters, row)
  const gradient = fractionalGradient(graph, form, x, g, parameters, row)
  const bits = op.multiply(graph, gradient.bits, widths.gradientMask)
  const session = new Session(graph)
  try {
    const values = session.run(feeds, [y, gradient.x, bits, widths.clamped, widths.rounded, ...gradient.parameters]).map((value) => Float32Array.from(value))
    const [output, gradX, gradBits, clamped, rounded, ...rest] = values
    return {
      output: order.fromEngine(output ?? []),
      gradX: order.fromEngine(gradX ?? []),
      parameters: rest,
      bits: gradBits?.[0] ?? Number.NaN,
      clamped: clamped?.[0] ?? Number.NaN,
      rounded: rounded?.[0] ?? Number.NaN,
    }
  } finally {
    session.close()
  }
}

function scalarOf(value: number | readonly number[] | FloatTensor): number {
  if (typeof value === 'number') return value
  return ('data' in value ? value.data : value)[0] ?? Number.NaN
}

function checkParameters(checker: FamilyChecker, c: QuantizerCase, got: Replay, want: z.infer<typeof QuantizerCase>['expect_masked'], label: string): void {
  const factor = c.compression_lr_multiplier ?? 1
  const wanted = c.kind === 'symmetric' ? [want?.grad_scale_storage] : [want?.grad_input_low, want?.grad_input_range_storage]
  wanted.forEach((tensor, i) => {
    if (tensor) checker.compare(c.name, `${label} of range parameter ${String(i)}`, (got.parameters[i] ?? new Float32Array()).map((v) => v * factor), tensor.data, REDUCED)
  })
  const bits = want?.grad_num_bits
  if (bits !== null && bits !== undefined) checker.compare(c.name, `${label} of the bit-width`, [got.bits * factor], [scalarOf(bits)], REDUCED)
}

/** Replays `quantizers.json`: outputs, gradients and width rounding. */
export function replayQuantizers(text: string, file: string): FamilyReport {
  const checker = new FamilyChecker('quantizers')
  for (const c of parseFixture(QuantizerFile, text, file).cases) {
    checker.beginCase()
    const want = c.expect
    if (!c.enabled) {
      // A disabled quantizer is left out of the graph: the identity.
      checker.compare(c.name, 'output', c.x.data, want.output.data, EXACT)
      checker.compare(c.name, 'gradient of x', c.grad_out.data, want.grad_x.data, EXACT)
      continue
    }
    const got = replay(c, Float32Array.from(c.grad_out.data))
    // libtensorflow computes with subnormal numbers flushed to zero, so a subnormal x below an edge at 0 counts as on the edge.
    const flushed = c.x.data.flatMap((value, i) => (value !== 0 && Math.abs(value) < SMALLEST_NORMAL ? [i] : []))
    checker.compare(c.name, 'output', got.output, want.output.data, EXACT, c.log_scale ? new Set(c.near_tie) : undefined)
    checker.compare(c.name, 'gradient of x', got.gradX, want.grad_x.data, EXACT, new Set(c.log_scale ? c.near_edge : flushed))
    checker.compare(c.name, 'clamped width', [got.clamped], [want.frac_num_bits], EXACT)
    checker.compare(c.name, 'rounded width', [got.rounded], [want.num_bits], { absolute: 0, relative: 0 })
    if (!c.log_scale && flushed.length === 0) checkParameters(checker, c, got, want, 'gradient')
    if (c.expect_masked) {
      const masked = Float32Array.from(c.grad_out.data)
      for (const i of [...c.near_tie, ...c.near_edge]) masked[i] = 0
      checkParameters(checker, c, replay(c, masked), c.expect_masked, 'masked gradient')
    }
  }
  return checker.report()
}
