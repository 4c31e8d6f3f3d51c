import { onScopeDispose, type Ref, watch } from 'vue'
import { toErrorShape } from '../../../../src/contract/errors'
import { useEngine } from '../../engine/use-engine'
import { useToasts } from '../../stores/toasts'
import { useUnsaved } from '../../stores/unsaved'

const SETTLE_MS = 400

/**
 * Keeps a text that was not saved yet with the engine, a moment after each change and at once when the page goes away.
 * `saved` null means that the text is not known yet: then nothing is kept.
 */
export function useConfigDraft(key: string, text: Readonly<Ref<string>>, saved: Readonly<Ref<string | null>>): { flush(): Promise<void> } {
  const session = useEngine()
  const toasts = useToasts()
  let timer: ReturnType<typeof setTimeout> | undefined
  let kept: string | null | undefined

  async function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    if (saved.value === null) return
    const draft = text.value === saved.value ? null : text.value
    if (draft === kept) return
    kept = draft
    try {
      await session.call('drafts.put', { key, text: draft })
    } catch (error) {
      kept = undefined
      const { code, message } = toErrorShape(error)
      // A lost connection has its banner, and the next change is kept again.
      if (code !== 'ENGINE_GONE') toasts.show(`The unsaved text can't be kept: ${message}`, { tone: 'bad' })
    }
  }

  const leave = (): void => void flush()
  watch([text, saved, session.client], () => {
    clearTimeout(timer)
    timer = setTimeout(leave, SETTLE_MS)
  })
  useUnsaved().register(flush)
  window.addEventListener('pagehide', leave)
  window.addEventListener('blur', leave)
  onScopeDispose(() => {
    window.removeEventListener('pagehide', leave)
    window.removeEventListener('blur', leave)
    if (timer !== undefined) leave()
  })
  return { flush }
}
