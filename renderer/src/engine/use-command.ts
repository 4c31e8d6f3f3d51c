import { shallowRef, type ShallowRef } from 'vue'
import type { Api } from '../../../src/contract/api'
import type { CallName, InputOf, OutputOf } from '../../../src/contract/define-api'
import { StudioError, toErrorShape } from '../../../src/contract/errors'
import { useEngine } from './use-engine'

export interface CommandState<I, O> {
  readonly pending: Readonly<ShallowRef<boolean>>
  readonly error: ShallowRef<StudioError | null>
  /** The answer, or null after a failure (which is then in `error`) or while one is under way already. */
  run(input: I): Promise<O | null>
}

/** A change that a person asks for: at most one at a time, and its failure is kept to be shown. */
export function useCommand<N extends CallName<Api>>(name: N): CommandState<InputOf<Api, N>, OutputOf<Api, N>> {
  const session = useEngine()
  const pending = shallowRef(false)
  const error = shallowRef<StudioError | null>(null)
  return {
    pending,
    error,
    async run(input) {
      if (pending.value) return null
      pending.value = true
      error.value = null
      try {
        return await session.call(name, input)
      } catch (cause) {
        const shape = toErrorShape(cause)
        error.value = cause instanceof StudioError ? cause : new StudioError(shape.code, shape.message)
        return null
      } finally {
        pending.value = false
      }
    },
  }
}
