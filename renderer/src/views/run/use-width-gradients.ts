import { computed, type ComputedRef, type Ref } from 'vue'
import type { WidthGradients } from '../../../../src/contract/width-gradients'
import { useSettled } from '../../composables/use-settled'
import { useQuery } from '../../engine/use-query'

/** A pointer that moves on asks for nothing. */
const AFTER_MS = 60

/** What pulled at the bit-widths around the step that is looked at (null: none); null as long as it isn't known, or where nothing was recorded. */
export function useWidthGradients(runId: Ref<string>, step: Ref<number | null>): ComputedRef<WidthGradients | null> {
  const settled = useSettled(step, AFTER_MS).value
  const asked = useQuery('widths.gradients', () => (settled.value === null || runId.value === '' ? null : { runId: runId.value, step: settled.value }))
  return computed(() => {
    const found = asked.data.value?.gradients ?? null
    return found !== null && step.value !== null && found.from <= step.value && step.value <= found.to ? found : null
  })
}

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toPrecision(2)}`

/** In one sentence what both parts of the loss want of one quantizer's width; empty where that is not known. */
export function gradientWords(gradients: WidthGradients | null, index: number): string {
  const [task, size] = [gradients?.task[index], gradients?.size[index]]
  if (gradients === null || task === undefined || size === undefined) return ''
  const pull = task + size
  const wants = pull > 0 ? 'fewer bits' : pull < 0 ? 'more bits' : 'no change'
  return `Loss per bit, mean of steps ${gradients.from} to ${gradients.to}: task ${signed(task)}, size ${signed(size)}, together towards ${wants}`
}
