import { z } from 'zod'
import { bitWidths } from '../../quantization/bit-widths'
import { boundsFor } from '../../quantization/quantizer-spec'
import { Graph } from '../../tensor/graph'
import { Session } from '../../tensor/session'
import { FamilyChecker, type FamilyReport, Float, parseFixture } from './fixture'

const NumBitsFile = z.object({
  cases: z.array(
    z.object({
      kind: z.enum(['symmetric', 'asymmetric']),
      init_bits: z.int(),
      min_num_bits: z.int(),
      max_num_bits: z.int(),
      signed: z.boolean().nullable(),
      rows: z.array(z.tuple([Float, Float, z.int(), z.number(), z.number(), z.number(), z.number()])),
    }),
  ),
})

const SAME = { absolute: 0, relative: 0 }

/** Replays `num_bits.json`: clamp, its gradient, rounding half to even and the levels of the rounded width. */
export function replayNumBits(text: string, file: string): FamilyReport {
  const checker = new FamilyChecker('num-bits')
  for (const c of parseFixture(NumBitsFile, text, file).cases) {
    checker.beginCase()
    const name = `${c.kind} from ${String(c.init_bits)} bits`
    const bounds = boundsFor(c.init_bits)
    checker.compare(name, 'bounds', [bounds.minBits, bounds.maxBits], [c.min_num_bits, c.max_num_bits], SAME)
    const column = (at: 0 | 1 | 2 | 3 | 4 | 5 | 6): number[] => c.rows.map((row) => row[at])
    const graph = new Graph()
    const all = (value: number) => graph.constant('float32', [c.rows.length], c.rows.map(() => value))
    const widths = bitWidths(
      graph,
      {
        bits: graph.constant('float32', [c.rows.length], column(0)),
        frozen: all(0),
        minBits: all(bounds.minBits),
        maxBits: all(bounds.maxBits),
        halfRange: all(0),
        signed: all(c.kind === 'symmetric' && c.signed === true ? 1 : 0),
      },
      { integer: true },
    )
    const session = new Session(graph)
    try {
      const [clamped, rounded, mask, levels] = session.run([], [widths.clamped, widths.rounded, widths.gradientMask, widths.levels])
      const ofLevels = (at: number): number[] => c.rows.map((_, row) => (levels ?? [])[row * 6 + at] ?? Number.NaN)
      checker.compare(name, 'clamped', clamped ?? [], column(1), SAME)
      checker.compare(name, 'rounded', rounded ?? [], column(2), SAME)
      checker.compare(name, 'gradient of the clamp', mask ?? [], column(3), SAME)
      checker.compare(name, 'lowest level', ofLevels(2), column(4), SAME)
      checker.compare(name, 'highest level', ofLevels(3), column(5), SAME)
    } finally {
      session.close()
    }
  }
  return checker.report()
}
