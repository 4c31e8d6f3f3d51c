import { computed, ref, type ComputedRef, type Ref } from 'vue'
import type { DatasetImage, ImageFilter, ImageFinding, ImageOrder } from '../../../src/contract/dataset-entities'

/** The part of a filter that concerns a model's answers; nothing without a model. */
export type PredictionFilter = Pick<ImageFilter, 'evaluation' | 'outcome' | 'predicted' | 'flippedFrom'>

/** What a person has chosen to see of a data set, and in which order. */
export interface ImageChoice {
  readonly labels: Ref<readonly number[]>
  readonly split: Ref<DatasetImage['split'] | ''>
  readonly text: Ref<string>
  readonly finding: Ref<ImageFinding | 'excluded' | ''>
  readonly predictions: Ref<PredictionFilter>
  readonly orderBy: Ref<ImageOrder['by']>
  readonly descending: Ref<boolean>
  readonly filter: ComputedRef<ImageFilter>
  readonly isFiltered: ComputedRef<boolean>
  clear(): void
}

export function useImageFilter(): ImageChoice {
  const labels = ref<readonly number[]>([])
  const split = ref<DatasetImage['split'] | ''>('')
  const text = ref('')
  const finding = ref<ImageFinding | 'excluded' | ''>('')
  const predictions = ref<PredictionFilter>({})
  const orderBy = ref<ImageOrder['by']>('position')
  const descending = ref(false)
  const filter = computed<ImageFilter>(() => ({
    ...(labels.value.length > 0 ? { labels: [...labels.value] } : {}),
    ...(split.value === '' ? {} : { split: split.value }),
    ...(text.value.trim() === '' ? {} : { text: text.value.trim() }),
    ...(finding.value === '' ? {} : finding.value === 'excluded' ? { excluded: true } : { finding: finding.value }),
    ...predictions.value,
  }))
  return {
    ...{ labels, split, text, finding, predictions, orderBy, descending, filter },
    isFiltered: computed(() => Object.keys(filter.value).length > 0),
    clear() {
      labels.value = []
      split.value = ''
      text.value = ''
      finding.value = ''
      predictions.value = {}
      orderBy.value = 'position'
      descending.value = false
    },
  }
}
