import { z } from 'zod'
import { StudioError } from '../../contract/errors'

/** A recorded float32: the shortest decimal that identifies it, or a named special value. */
export const Float = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]).transform((value) => Math.fround(Number(value)))
export const FloatTensor = z.object({ shape: z.array(z.int()), data: z.array(Float) })
export type FloatTensor = z.infer<typeof FloatTensor>

/** How one family of recorded cases came out. */
export interface FamilyReport {
  readonly family: string
  readonly cases: number
  readonly failures: readonly { readonly case: string; readonly value: string; readonly error: number }[]
  /** Largest |got - want| / (absolute tolerance + relative tolerance |want|) times the relative tolerance: 1e-4 means four digits. */
  readonly largestError: number
}

export interface Tolerance {
  readonly absolute: number
  readonly relative: number
}

/** Collects comparisons of one family. */
export class FamilyChecker {
  private cases = 0
  private largest = 0
  private readonly failures: FamilyReport['failures'][number][] = []

  constructor(private readonly family: string) {}

  beginCase(): void {
    this.cases += 1
  }

  /** Compares element by element; elements in `skip` are left out. The error reported is |got - want| / max(1, |want|). */
  compare(caseName: string, value: string, got: ArrayLike<number>, want: ArrayLike<number>, tolerance: Tolerance, skip: ReadonlySet<number> = new Set()): void {
    if (got.length !== want.length) {
      this.failures.push({ case: caseName, value: `${value} (${String(got.length)} values instead of ${String(want.length)})`, error: Infinity })
      return
    }
    let worst = 0
    let failed = false
    for (let i = 0; i < want.length; i++) {
      const w = want[i] ?? Number.NaN
      const g = got[i] ?? Number.NaN
      if (skip.has(i) || g === w || (Number.isNaN(g) && Number.isNaN(w))) continue
      const difference = Math.abs(g - w)
      const error = difference / Math.max(1, Math.abs(w))
      worst = Math.max(worst, Number.isNaN(error) ? Infinity : error)
      if (!(difference <= tolerance.absolute + tolerance.relative * Math.abs(w))) failed = true
    }
    this.largest = Math.max(this.largest, worst)
    if (failed) this.failures.push({ case: caseName, value, error: worst })
  }

  report(): FamilyReport {
    return { family: this.family, cases: this.cases, failures: this.failures, largestError: this.largest }
  }
}

/** Parses a recorded file or says which one does not have the expected layout. */
export function parseFixture<T extends z.ZodType>(schema: T, text: string, file: string): z.output<T> {
  try {
    return schema.parse(JSON.parse(text))
  } catch (cause) {
    throw new StudioError('DATA_CORRUPT', `${file} is not a recorded reference file of the expected layout.`, { cause })
  }
}

/** Moves the axis with the ranges last: recorded [.., C, ..] to engine [m, C] (per-tensor: [m, 1] in recorded order). */
export interface ChannelOrder {
  readonly rows: number
  readonly channels: number
  toEngine(data: ArrayLike<number>): Float32Array
  fromEngine(data: ArrayLike<number>): Float32Array
}

export function channelOrder(shape: readonly number[], scaleShape: readonly number[]): ChannelOrder {
  const total = shape.reduce((product, size) => product * size, 1)
  const channels = scaleShape.reduce((product, size) => product * size, 1)
  const axis = Math.max(0, scaleShape.findIndex((size) => size > 1))
  const inner = channels === 1 ? 1 : shape.slice(axis + 1).reduce((product, size) => product * size, 1)
  const position = (flat: number): number => {
    if (channels === 1) return flat
    const channel = Math.floor(flat / inner) % channels
    const outer = Math.floor(flat / (inner * channels))
    return (outer * inner + (flat % inner)) * channels + channel
  }
  const move = (data: ArrayLike<number>, forward: boolean): Float32Array => {
    const out = new Float32Array(total)
    for (let flat = 0; flat < total; flat++) {
      const engine = position(flat)
      if (forward) out[engine] = data[flat] ?? 0
      else out[flat] = data[engine] ?? 0
    }
    return out
  }
  return { rows: total / channels, channels, toEngine: (data) => move(data, true), fromEngine: (data) => move(data, false) }
}
