import { onScopeDispose, shallowRef, toValue, watch, type MaybeRefOrGetter, type ShallowRef } from 'vue'
import type { Api } from '../../../src/contract/api'
import type { CallName, InputOf, OutputOf } from '../../../src/contract/define-api'
import { StudioError, toErrorShape } from '../../../src/contract/errors'
import { useEngine } from './use-engine'

export interface QueryState<T> {
  /** The newest answer; it stays while a newer one is on its way. */
  readonly data: ShallowRef<T | null>
  readonly error: Readonly<ShallowRef<StudioError | null>>
  readonly loading: Readonly<ShallowRef<boolean>>
  refresh(): Promise<void>
}

/**
 * Asks when the component is set up, when `input` changes and after every reconnection; a late answer to an old question is dropped.
 * `input` null means: nothing to ask yet.
 */
export function useQuery<N extends CallName<Api>>(name: N, input: MaybeRefOrGetter<InputOf<Api, N> | null>): QueryState<OutputOf<Api, N>> {
  const session = useEngine()
  const data: ShallowRef<OutputOf<Api, N> | null> = shallowRef(null)
  const error: ShallowRef<StudioError | null> = shallowRef(null)
  const loading = shallowRef(true)
  let abort: AbortController | null = null

  async function refresh(): Promise<void> {
    abort?.abort()
    const question = toValue(input)
    if (question === null || session.client.value === null) return
    const mine = new AbortController()
    abort = mine
    loading.value = true
    try {
      const answer = await session.call(name, question, { signal: mine.signal })
      if (mine.signal.aborted) return
      data.value = answer
      error.value = null
    } catch (cause) {
      if (mine.signal.aborted) return
      const shape = toErrorShape(cause)
      // A lost connection has its own banner, and the question is asked again afterwards.
      if (shape.code !== 'ENGINE_GONE') error.value = cause instanceof StudioError ? cause : new StudioError(shape.code, shape.message)
    }
    loading.value = false
  }

  watch([session.client, () => JSON.stringify(toValue(input))], () => void refresh(), { immediate: true })
  onScopeDispose(() => abort?.abort())
  return { data, error, loading, refresh }
}
