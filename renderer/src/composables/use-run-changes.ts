import { onScopeDispose, watch } from 'vue'
import { useRunListStore } from '../stores/run-list'

/** Calls `refresh` at most once every `afterMs` while runs change, and no longer once the view is gone. */
export function useRunChanges(afterMs: number, refresh: () => void): void {
  const store = useRunListStore()
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(
    () => store.revision,
    () => {
      timer ??= setTimeout(() => {
        timer = undefined
        refresh()
      }, afterMs)
    },
  )
  onScopeDispose(() => clearTimeout(timer))
}
