import { onScopeDispose, type Ref, shallowRef, watch } from 'vue'
import type { ConfigPreview } from '../../../../src/contract/configurations'
import { toErrorShape } from '../../../../src/contract/errors'
import { useEngine } from '../../engine/use-engine'

const SETTLE_MS = 200

/** The network of a text, a moment after the last change; while the text cannot be used, the last one that could stays. */
export function useConfigPreview(text: Readonly<Ref<string>>, usable: Readonly<Ref<boolean>>) {
  const session = useEngine()
  const preview = shallowRef<ConfigPreview | null>(null)
  const error = shallowRef<string | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined
  let abort: AbortController | null = null

  async function ask(): Promise<void> {
    const mine = new AbortController()
    abort = mine
    try {
      const answer = await session.call('configs.preview', { text: text.value }, { signal: mine.signal })
      if (mine.signal.aborted) return
      preview.value = answer
      error.value = null
    } catch (cause) {
      const { code, message } = toErrorShape(cause)
      if (!mine.signal.aborted && code !== 'ENGINE_GONE') error.value = message
    }
  }

  watch(
    [text, usable, session.client],
    () => {
      clearTimeout(timer)
      abort?.abort()
      if (usable.value && session.client.value !== null) timer = setTimeout(() => void ask(), preview.value === null ? 0 : SETTLE_MS)
      else if (preview.value === null && text.value !== '') preview.value = { network: null, issues: [], forecast: null }
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    clearTimeout(timer)
    abort?.abort()
  })
  return { preview, error }
}
