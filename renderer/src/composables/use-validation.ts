import { onScopeDispose, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import type { ConfigIssue } from '../../../src/contract/errors'
import { toErrorShape } from '../../../src/contract/errors'
import { useEngine } from '../engine/use-engine'

export interface Validation {
  /** Null until the text as it stands was checked. */
  readonly issues: Readonly<ShallowRef<readonly ConfigIssue[] | null>>
  /** Why the check itself failed. */
  readonly problem: Readonly<ShallowRef<string | null>>
}

/** Checks a configuration text on the engine's side, a moment after the last change; answers to older texts are dropped. */
export function useValidation(text: Readonly<Ref<string>>, delayMs = 250): Validation {
  const session = useEngine()
  const issues = shallowRef<readonly ConfigIssue[] | null>(null)
  const problem = shallowRef<string | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined
  let abort: AbortController | null = null

  async function check(): Promise<void> {
    const mine = new AbortController()
    abort = mine
    try {
      const answer = await session.call('configs.validate', { text: text.value }, { signal: mine.signal })
      if (mine.signal.aborted) return
      issues.value = answer.issues
      problem.value = null
    } catch (cause) {
      const shape = toErrorShape(cause)
      if (!mine.signal.aborted && shape.code !== 'ENGINE_GONE') problem.value = shape.message
    }
  }

  watch(
    [text, session.client],
    ([, client], [before]) => {
      clearTimeout(timer)
      abort?.abort()
      if (text.value !== before) issues.value = null
      if (text.value.trim() === '' || client === null) return
      timer = setTimeout(() => void check(), delayMs)
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    clearTimeout(timer)
    abort?.abort()
  })
  return { issues, problem }
}
