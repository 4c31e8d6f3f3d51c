import { z } from 'zod'
import { RangeConfig } from '../../contract/training-config'
import { asymmetricRange, RANGE_EPSILON, symmetricRange } from '../../quantization/integer-quantizer'
import { createCollector, ValuesCollector } from '../../quantization/range-collectors'
import { type RangeState, rangesFromStatistics, uninitialisedRanges } from '../../quantization/range-initialisation'
import { contiguousView } from '../../quantization/tensor-view'
import { Graph } from '../../tensor/graph'
import * as op from '../../tensor/ops'
import { Session } from '../../tensor/session'
import { FamilyChecker, type FamilyReport, Float, FloatTensor, parseFixture } from './fixture'

const Mode = z.enum(['symmetric', 'asymmetric'])
const RangeInitFile = z.object({
  uninitialised: z.array(
    z.object({
      mode: Mode,
      signedness_to_force: z.boolean().nullable(),
      signed: z.boolean(),
      scale: z.array(Float).nullable(),
      input_low: z.array(Float).nullable(),
      input_range: z.array(Float).nullable(),
    }),
  ),
  cases: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      type_params: z.object({ min_percentile: z.number().optional(), max_percentile: z.number().optional() }),
      is_weights: z.boolean(),
      mode: Mode,
      channel_axis: z.int().nullable(),
      signedness_to_force: z.boolean().nullable(),
      max_batches: z.int(),
      batches: z.array(FloatTensor),
      expect: z.object({
        min_values: FloatTensor,
        max_values: FloatTensor,
        median: FloatTensor.optional(),
        mad: FloatTensor.optional(),
        signed: z.boolean().optional(),
        scale: FloatTensor.optional(),
        input_low: FloatTensor.optional(),
        input_range: FloatTensor.optional(),
        level_low: z.number().optional(),
        level_high: z.number().optional(),
        effective_low: FloatTensor.optional(),
        effective_high: FloatTensor.optional(),
        error: z.string().optional(),
      }),
    }),
  ),
})
type RangeInitCase = z.infer<typeof RangeInitFile>['cases'][number]

const EXACT = { absolute: 0, relative: 1e-6 }
const MEANS = { absolute: 0, relative: 1e-5 }
const SAME = { absolute: 0, relative: 0 }

/** Replays `range_init.json`: statistics of every collector, the ranges they give, and the refusals. */
export function replayRangeInit(text: string, file: string): FamilyReport {
  const checker = new FamilyChecker('range-init')
  const recorded = parseFixture(RangeInitFile, text, file)
  recorded.uninitialised.forEach((want, i) => {
    checker.beginCase()
    const name = `uninitialised ${String(i)}`
    const got = uninitialisedRanges({ mode: want.mode, forceSigned: want.signedness_to_force }, (want.scale ?? want.input_low ?? []).length)
    if (got.mode === 'symmetric') {
      checker.compare(name, 'scale', got.scale, want.scale ?? [], SAME)
      checker.compare(name, 'sign', [Number(got.signed)], [Number(want.signed)], SAME)
    } else {
      checker.compare(name, 'low end', got.inputLow, want.input_low ?? [], SAME)
      checker.compare(name, 'range', got.inputRange, want.input_range ?? [], SAME)
    }
  })
  for (const c of recorded.cases) {
    checker.beginCase()
    checkCase(checker, c)
  }
  return checker.report()
}

function checkCase(checker: FamilyChecker, c: RangeInitCase): void {
  const { expect: want } = c
  const collector = createCollector({ type: RangeConfig.shape.type.parse(c.type), params: c.type_params, weights: c.is_weights, symmetric: c.mode === 'symmetric', channelAxis: c.channel_axis })
  for (const batch of c.batches.slice(0, c.max_batches)) collector.add(contiguousView(Float32Array.from(batch.data), batch.shape))
  const statistics = collector.result()
  const tolerance = ['mean_min_max', 'mixed_min_max', 'mean_percentile'].includes(c.type) ? MEANS : EXACT
  checker.compare(c.name, 'minimum', statistics.min, want.min_values.data, tolerance)
  checker.compare(c.name, 'maximum', statistics.max, want.max_values.data, tolerance)
  if (collector instanceof ValuesCollector && want.median && want.mad) {
    const { median, deviation } = collector.spread()
    checker.compare(c.name, 'median', median, want.median.data, EXACT)
    checker.compare(c.name, 'median absolute deviation', deviation, want.mad.data, EXACT)
  }
  let state: RangeState
  try {
    state = rangesFromStatistics(c.name, { mode: c.mode, forceSigned: c.signedness_to_force }, statistics)
  } catch {
    checker.compare(c.name, 'refused', [1], [Number(want.error !== undefined)], SAME)
    return
  }
  checker.compare(c.name, 'accepted', [1], [Number(want.error === undefined)], SAME)
  if (state.mode === 'symmetric') {
    checker.compare(c.name, 'scale', state.scale, want.scale?.data ?? [], tolerance)
    checker.compare(c.name, 'sign', [Number(state.signed)], [Number(want.signed)], SAME)
  } else {
    checker.compare(c.name, 'low end', state.inputLow, want.input_low?.data ?? [], tolerance)
    checker.compare(c.name, 'range', state.inputRange, want.input_range?.data ?? [], tolerance)
  }
  const [low, high] = effectiveRange(state, want.level_low ?? 0, want.level_high ?? 0)
  checker.compare(c.name, 'effective low end', low, want.effective_low?.data ?? [], tolerance)
  checker.compare(c.name, 'effective high end', high, want.effective_high?.data ?? [], tolerance)
}

/** Ends of the grid that the engine stretches over a range. */
function effectiveRange(state: RangeState, levelLow: number, levelHigh: number): [ArrayLike<number>, ArrayLike<number>] {
  const graph = new Graph()
  const grid = { low: graph.scalar(levelLow), high: graph.scalar(levelHigh) }
  const constant = (values: Float32Array) => graph.constant('float32', [values.length], Array.from(values))
  const range =
    state.mode === 'symmetric'
      ? symmetricRange(graph, constant(state.scale), grid, RANGE_EPSILON)
      : asymmetricRange(graph, constant(state.inputLow), constant(state.inputRange), grid, RANGE_EPSILON)
  const sum = op.add(graph, range.low, range.range)
  const session = new Session(graph)
  try {
    const [low, high] = session.run([], [range.low, sum])
    return [low ?? [], high ?? []]
  } finally {
    session.close()
  }
}
