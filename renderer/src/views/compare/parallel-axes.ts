import type { ComparedRun } from '../../../../src/contract/comparison'
import { finalRow } from '../../../../src/contract/comparison/final-row'
import { formatPercent, formatRate } from '../../format/numbers'

type Value = string | number | null

/** One upright axis: where every run lies on it, and what stands at its marks. */
export interface ParallelAxis {
  readonly key: string
  readonly title: string
  /** 0 at the bottom, 1 at the top; null for a run without the value. */
  readonly places: readonly (number | null)[]
  readonly marks: readonly { readonly place: number; readonly text: string }[]
  /** What is said of each run. */
  readonly texts: readonly string[]
}

const MOST_SETTINGS = 8
const MOST_MARKS = 6
const isNumber = (value: Value): value is number => typeof value === 'number'

/** Numbers lie by their size, by its logarithm where they span more than a factor of twenty; whatever else lies at even distances. */
export function axisOf(key: string, title: string, values: readonly Value[], format: (value: number) => string = (value) => String(Number(value.toPrecision(4)))): ParallelAxis {
  const given = values.filter((value) => value !== null)
  const texts = values.map((value) => (value === null ? 'not set' : isNumber(value) ? format(value) : value))
  if (given.every(isNumber)) {
    const [low, high] = [Math.min(...given), Math.max(...given)]
    const isLogarithmic = low > 0 && high / low > 20
    const scale = (value: number): number => (isLogarithmic ? Math.log(value) : value)
    const span = scale(high) - scale(low)
    const place = (value: number): number => (span === 0 ? 0.5 : (scale(value) - scale(low)) / span)
    const distinct = [...new Set(given)].sort((a, b) => a - b)
    const marked = distinct.length <= MOST_MARKS ? distinct : [low, high]
    return { key, title, texts, places: values.map((value) => (isNumber(value) ? place(value) : null)), marks: marked.map((value) => ({ place: place(value), text: format(value) })) }
  }
  const names = [...new Set(given.map(String))].sort()
  const place = (name: string): number => (names.length === 1 ? 0.5 : names.indexOf(name) / (names.length - 1))
  const marked = names.length <= 2 * MOST_MARKS ? names : names.filter((_, index) => index === 0 || index === names.length - 1)
  return { key, title, texts, places: values.map((value) => (value === null ? null : place(String(value)))), marks: marked.map((name) => ({ place: place(name), text: name })) }
}

/** Axes for what differs in the configurations of the runs, then for what came out. Runs without a result have no place on the last ones. */
export function parallelAxes(runs: readonly ComparedRun[], differing: readonly { readonly key: string; readonly values: readonly Value[] }[]): ParallelAxis[] {
  const settings = differing.filter(({ key, values }) => key !== 'name' && values.some((value) => value !== null)).slice(0, MOST_SETTINGS)
  const final = runs.map(({ result }) => finalRow(result))
  if (final.every((row) => row === null)) return []
  return [
    ...settings.map(({ key, values }) => axisOf(key, key.split('.').at(-1) ?? key, values)),
    axisOf('rate', 'Rate', final.map((row) => row?.rate ?? null), formatRate),
    axisOf('top1', 'Top-1, integer', final.map((row) => row?.top1 ?? null), formatPercent),
  ]
}
