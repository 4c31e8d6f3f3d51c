import { onScopeDispose, shallowRef, watch, type Ref, type ShallowRef } from 'vue'

export interface Settled<T> {
  readonly value: Readonly<ShallowRef<T>>
  /** Does not wait. */
  now(): void
}

/** Follows a value once it has been left alone for a moment: for what costs more to show than a keystroke may take. */
export function useSettled<T>(source: Readonly<Ref<T>>, afterMs: number): Settled<T> {
  const value = shallowRef(source.value) as ShallowRef<T>
  let timer: ReturnType<typeof setTimeout> | undefined
  const now = (): void => {
    clearTimeout(timer)
    value.value = source.value
  }
  watch(source, () => {
    clearTimeout(timer)
    timer = setTimeout(now, afterMs)
  })
  onScopeDispose(() => clearTimeout(timer))
  return { value, now }
}
