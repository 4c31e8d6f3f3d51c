import { computed, ref, shallowRef, watch, type Ref } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { MOST_COMPARED, type ComparedRun } from '../../../../src/contract/comparison'
import type { SeriesColumns } from '../../../../src/contract/entities'
import { StudioError, toErrorShape } from '../../../../src/contract/errors'
import { useRunChanges } from '../../composables/use-run-changes'
import { useEngine } from '../../engine/use-engine'
import { useQuery } from '../../engine/use-query'
import type { CurveGroup } from './compared-curves'

const POINTS = 500
const REFRESH_AFTER_MS = 2000
const GOLDEN_ANGLE = 137.508
/** Colours of up to fifty runs: hues far apart one after the other, in alternating lightness. */
export const runColor = (index: number): string => `--run-${index % MOST_COMPARED}`
export const RUN_COLORS: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from({ length: MOST_COMPARED }, (_, index) => {
    const hue = (250 + index * GOLDEN_ANGLE) % 360
    const shift = index % 2 === 0 ? 0 : 0.08
    return [runColor(index), `light-dark(oklch(${0.52 - shift} 0.16 ${hue.toFixed(0)}), oklch(${0.78 - shift} 0.13 ${hue.toFixed(0)}))`]
  }),
)

/** Shown first where they are recorded. */
const USUAL_METRICS = ['val/top1', 'train/loss'] as const

/** The runs that the address names, side by side. */
export function useComparison() {
  const route = useRoute()
  const router = useRouter()
  const session = useEngine()
  const runIds = computed(() => {
    const query = route.query['runs']
    const text = typeof query === 'string' ? query : ''
    return [...new Set(text.split(',').filter((id) => /^[0-9a-z]{8,32}$/.test(id)))].slice(0, MOST_COMPARED)
  })
  const overview = useQuery('compare.overview', () => (runIds.value.length > 0 ? { runIds: runIds.value } : null))
  const metrics = ref<string[]>([...USUAL_METRICS])
  const groupBy: Ref<string> = ref('')
  const curves = shallowRef<ReadonlyMap<string, ReadonlyMap<string, Pick<SeriesColumns, 'steps' | 'values'>>>>(new Map())
  const error = shallowRef<StudioError | null>(null)

  const runs = computed<readonly ComparedRun[]>(() => overview.data.value?.runs ?? [])
  const differing = computed(() => (overview.data.value?.config ?? []).filter(({ differs }) => differs))

  async function readCurves(): Promise<void> {
    if (runIds.value.length === 0 || metrics.value.length === 0 || session.client.value === null) return
    try {
      const answer = await session.call('compare.series', { runIds: runIds.value, keys: [...metrics.value], maxPoints: POINTS })
      const next = new Map<string, Map<string, Pick<SeriesColumns, 'steps' | 'values'>>>()
      for (const { key, runId, steps, values } of answer.curves) {
        const ofKey = next.get(key) ?? new Map<string, Pick<SeriesColumns, 'steps' | 'values'>>()
        next.set(key, ofKey.set(runId, { steps, values }))
      }
      curves.value = next
      error.value = null
    } catch (cause) {
      const shape = toErrorShape(cause)
      if (shape.code !== 'ENGINE_GONE') error.value = new StudioError(shape.code, shape.message)
    }
  }
  watch([session.client, () => runIds.value.join(), () => metrics.value.join()], () => void readCurves(), { immediate: true })

  useRunChanges(REFRESH_AFTER_MS, () => {
    void readCurves()
    void overview.refresh()
  })

  /** Names that tell runs apart: with the seed, then with the end of the id, where the name alone does not. */
  const names = computed(() => {
    const count = new Map<string, number>()
    for (const { name } of runs.value) count.set(name, (count.get(name) ?? 0) + 1)
    return runs.value.map(({ name, id }) => ((count.get(name) ?? 0) > 1 ? `${name} · ${id.slice(-4)}` : name))
  })

  const groups = computed<CurveGroup[]>(() => {
    if (groupBy.value === '') return runs.value.map(({ id }, index) => ({ name: names.value[index] ?? id, color: runColor(index), runIds: [id] }))
    const row = groupBy.value === 'repeats' ? runs.value.map(({ repeats }) => repeats) : differing.value.find(({ key }) => key === groupBy.value)?.values
    const members = new Map<string, string[]>()
    runs.value.forEach(({ id }, index) => {
      const value = row?.[index] ?? 'none'
      const name = groupBy.value === 'repeats' ? String(value) : `${groupBy.value} ${String(value)}`
      members.set(name, [...(members.get(name) ?? []), id])
    })
    return [...members].map(([name, ids], index) => ({ name, color: runColor(index), runIds: ids }))
  })

  const show = (ids: readonly string[]): Promise<unknown> => router.replace({ name: 'compare', query: { runs: ids.join(',') } })
  return { runIds, overview, runs, names, differing, metrics, groupBy, groups, curves, error: computed(() => error.value ?? overview.error.value), show }
}
export type ComparisonModel = ReturnType<typeof useComparison>
