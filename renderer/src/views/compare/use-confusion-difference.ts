import { computed, ref, type ComputedRef, type Ref } from 'vue'
import type { ComparedRun } from '../../../../src/contract/comparison'
import type { RunConfusion } from '../../../../src/contract/confusion'
import { confusionDifference, type CellChange } from '../../../../src/contract/confusion/difference'
import { usualModel } from '../../../../src/contract/predictions'
import { useQuery } from '../../engine/use-query'
import { RESULT_WORDS } from '../../format/run-words'

/** A model of one of the compared runs. */
export interface ComparedModel {
  readonly key: string
  readonly name: string
  readonly runId: string
  readonly kind: RunConfusion['kind']
}

/** Images of a data set, by what a run's model said of them. */
export interface AnsweredImages {
  readonly datasetId: string
  readonly runId: string
  readonly kind: RunConfusion['kind']
}

export interface ConfusionDifferenceModel {
  readonly models: ComputedRef<readonly ComparedModel[]>
  /** Keys of the two that are compared. */
  readonly from: Ref<string>
  readonly to: Ref<string>
  readonly names: ComputedRef<{ readonly from: string; readonly to: string }>
  readonly matrices: ComputedRef<{ readonly before: RunConfusion; readonly after: RunConfusion } | null>
  readonly changes: ComputedRef<readonly CellChange[] | null>
  /** Where the images are that each model answered; null where the workspace has none of them. */
  readonly images: ComputedRef<{ readonly from: AnsweredImages | null; readonly to: AnsweredImages | null }>
  /** Why there is nothing to see, as a sentence. */
  readonly problem: ComputedRef<string | null>
}

/** What changed from a model's confusion to another's; at first those of the first two runs. */
export function useConfusionDifference(runs: () => readonly ComparedRun[], names: () => readonly string[]): ConfusionDifferenceModel {
  const models = computed(() =>
    runs().flatMap(({ id, name, result }, index) =>
      (result?.rows ?? []).map(({ kind }): ComparedModel => ({ key: `${id} ${kind}`, name: `${names()[index] ?? name} · ${RESULT_WORDS[kind]}`, runId: id, kind })),
    ),
  )
  const chosen = { from: ref(''), to: ref('') }
  /** The chosen model, while its run is compared; else the usual ones of the first two runs with results, or the first and the usual one of a single run. */
  const modelOf = (side: 'from' | 'to'): ComparedModel | null => {
    const wanted = models.value.find(({ key }) => key === chosen[side].value)
    if (wanted !== undefined) return wanted
    const [first, second] = runs().filter(({ result }) => (result?.rows.length ?? 0) > 0)
    if (side === 'from' && second === undefined) return models.value[0] ?? null
    const run = side === 'from' ? first : (second ?? first)
    const kind = usualModel(run?.result?.rows.map((row) => row.kind) ?? [])
    return models.value.find((model) => model.runId === run?.id && model.kind === kind) ?? null
  }
  const sides = { from: computed(() => modelOf('from')), to: computed(() => modelOf('to')) }
  const asked = (side: 'from' | 'to') => () => {
    const model = sides[side].value
    return model === null || models.value.length < 2 ? null : { runId: model.runId, kind: model.kind }
  }
  const before = useQuery('runs.confusion', asked('from'))
  const after = useQuery('runs.confusion', asked('to'))
  const answered = (side: 'from' | 'to'): ComputedRef<AnsweredImages | null> => {
    const found = useQuery('data.evaluationsOf', () => (sides[side].value === null ? null : { runId: sides[side].value.runId }))
    return computed(() => {
      const [model, datasetId] = [sides[side].value, found.data.value?.datasetId ?? null]
      return model === null || datasetId === null ? null : { datasetId, runId: model.runId, kind: model.kind }
    })
  }
  const images = { from: answered('from'), to: answered('to') }
  const keyOf = (side: 'from' | 'to'): Ref<string> => computed({ get: () => sides[side].value?.key ?? '', set: (key) => (chosen[side].value = key) })

  const error = computed(() => before.error.value ?? after.error.value)
  const matrices = computed(() => (error.value === null && before.data.value !== null && after.data.value !== null ? { before: before.data.value, after: after.data.value } : null))
  const changes = computed(() => (matrices.value === null ? null : confusionDifference(matrices.value.before, matrices.value.after)))
  const problem = computed(() => {
    if (models.value.length < 2) return 'It takes two evaluated models. Wait until the runs have been evaluated, or compare others.'
    if (error.value !== null) return error.value.message
    return matrices.value !== null && changes.value === null ? 'These two tell different classes apart. Choose models of runs on the same classes.' : null
  })
  return {
    ...{ models, from: keyOf('from'), to: keyOf('to'), matrices, changes, problem },
    images: computed(() => ({ from: images.from.value, to: images.to.value })),
    names: computed(() => ({ from: sides.from.value?.name ?? '', to: sides.to.value?.name ?? '' })),
  }
}
