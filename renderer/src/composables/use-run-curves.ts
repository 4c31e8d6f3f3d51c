import { computed } from 'vue'
import type { ChartMark, ChartSeries, ChartTarget } from '../components/charts/chart-series'
import { formatBytes, formatCount, formatPercent, formatRate, formatSignificant } from '../format/numbers'
import type { LiveRun } from './use-live-run'

export interface CurveLook {
  readonly key: string
  readonly label: string
  readonly color: string
  readonly dash?: readonly number[]
  readonly dots?: boolean
  readonly noisy?: boolean
  readonly under?: boolean
}

const LOSS: readonly CurveLook[] = [
  { key: 'train/loss', label: 'Train', color: '--series-1', noisy: true },
  { key: 'train/ce', label: 'Cross-entropy', color: '--series-3', dash: [5, 3], noisy: true, under: true },
  { key: 'train/size_loss', label: 'Size part', color: '--series-4', dash: [2, 2], under: true },
  { key: 'val/loss', label: 'Validation', color: '--series-2', dots: true },
]
const ACCURACY: readonly CurveLook[] = [
  { key: 'train/top1', label: 'Train', color: '--series-1', noisy: true },
  { key: 'val/top1', label: 'Validation', color: '--series-2', dots: true },
  { key: 'val/top5', label: 'Validation top-5', color: '--series-4', dash: [5, 3], dots: true, under: true },
]
const RATE: readonly CurveLook[] = [{ key: 'train/rate', label: 'Rate', color: '--series-1' }]

/** The run's curves as charts take them, with the moments at which the method changes gear. */
/** Which curves share a chart, in the order in which they are shown. */
export const CHARTS: readonly { readonly id: string; readonly title: string; readonly looks: readonly CurveLook[]; readonly format: (value: number | null) => string }[] = [
  { id: 'loss', title: 'Loss', looks: LOSS, format: formatSignificant },
  { id: 'accuracy', title: 'Accuracy', looks: ACCURACY, format: formatPercent },
  {
    id: 'gap',
    title: 'Fractional against integer',
    looks: [
      { key: 'val/fractional_top1', label: 'Fractional', color: '--series-4', dash: [5, 3], dots: true },
      { key: 'val/top1', label: 'Integer', color: '--series-2', dots: true },
    ],
    format: formatPercent,
  },
  { id: 'rate', title: 'Compression rate', looks: RATE, format: formatRate },
  { id: 'frozen-weights', title: 'Frozen weights', looks: [{ key: 'train/frozen_weights', label: 'Share', color: '--series-1' }], format: formatPercent },
  { id: 'learning-rate', title: 'Learning rate', looks: [{ key: 'train/learning_rate', label: 'Rate', color: '--series-1' }], format: formatSignificant },
  { id: 'speed', title: 'Images a second', looks: [{ key: 'system/images_per_second', label: 'Images / s', color: '--series-3', noisy: true }], format: formatCount },
  { id: 'memory', title: 'Memory', looks: [{ key: 'system/resident_bytes', label: 'Resident', color: '--series-3' }], format: formatBytes },
  { id: 'tensors', title: 'Native tensors', looks: [{ key: 'system/native_tensors', label: 'Tensors', color: '--series-3' }], format: formatCount },
  { id: 'data', title: 'Waiting for data', looks: [{ key: 'system/data_wait', label: 'Share', color: '--series-3', noisy: true }], format: formatSignificant },
]

export function useRunCurves(live: LiveRun) {
  const pick = (looks: readonly CurveLook[]) =>
    computed<ChartSeries[]>(() => {
      void live.version.value
      return looks.map((look) => {
        const buffer = live.record.series(look.key)
        return { ...look, points: buffer.points(), last: buffer.lastValue }
      })
    })

  const frozenAt = computed<number | null>(() => {
    void live.version.value
    return frozenStep(live.record.widths.history())
  })

  const marks = computed<readonly ChartMark[]>(() => {
    void live.version.value
    const start = live.record.widths.history().steps[0]
    if (start === undefined) return []
    const frozen = frozenAt.value
    const begin = { step: start, label: 'quantized' }
    return frozen === null || frozen <= start ? [begin] : [begin, { step: frozen, label: 'frozen' }]
  })

  const target = computed<ChartTarget | null>(() => {
    const rate = live.detail.value?.targetRate ?? null
    return rate === null ? null : { value: rate, label: `target ${formatRate(rate)}` }
  })

  return { loss: pick(LOSS), accuracy: pick(ACCURACY), rate: pick(RATE), marks, frozenAt, target }
}

/** First step from which on every bit-width is an integer, after they were not; null while they move. */
export function frozenStep(history: { readonly steps: readonly number[]; readonly widths: readonly (readonly number[])[] }): number | null {
  let first: number | null = null
  for (let index = history.steps.length - 1; index >= 0; index -= 1) {
    if (!(history.widths[index] ?? []).every(Number.isInteger)) return first
    first = history.steps[index] ?? null
  }
  return null
}
