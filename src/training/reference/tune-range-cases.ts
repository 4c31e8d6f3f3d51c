import { z } from 'zod'
import { asymmetricRange } from '../../quantization/integer-quantizer'
import { Graph } from '../../tensor/graph'
import { Session } from '../../tensor/session'
import { FamilyChecker, type FamilyReport, Float, parseFixture } from './fixture'

const TuneRangeFile = z.object({
  cases: z.array(
    z.object({
      levels: z.int(),
      input_low: z.array(Float),
      input_range: z.array(Float),
      tuned_low: z.array(Float),
      tuned_range: z.array(Float),
    }),
  ),
})

/** Replays `tune_range.json`: nudging of the zero point onto the grid. */
export function replayTuneRange(text: string, file: string): FamilyReport {
  const checker = new FamilyChecker('tune-range')
  for (const c of parseFixture(TuneRangeFile, text, file).cases) {
    checker.beginCase()
    const graph = new Graph()
    const shape = [c.input_low.length]
    const low = graph.placeholder('low', 'float32', shape)
    const range = graph.placeholder('range', 'float32', shape)
    const grid = { low: graph.scalar(0), high: graph.scalar(c.levels - 1) }
    const tuned = asymmetricRange(graph, low, range, grid, 0)
    const session = new Session(graph)
    try {
      const feeds = [
        { to: low, dtype: 'float32' as const, shape, data: Float32Array.from(c.input_low) },
        { to: range, dtype: 'float32' as const, shape, data: Float32Array.from(c.input_range) },
      ]
      const [gotLow, gotRange] = session.run(feeds, [tuned.low, tuned.range])
      const name = `${String(c.levels)} levels`
      checker.compare(name, 'low', gotLow ?? [], c.tuned_low, { absolute: 1e-7, relative: 1e-6 })
      checker.compare(name, 'range', gotRange ?? [], c.tuned_range, { absolute: 1e-7, relative: 1e-6 })
    } finally {
      session.close()
    }
  }
  return checker.report()
}
