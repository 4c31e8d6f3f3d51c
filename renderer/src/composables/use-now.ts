import { onScopeDispose, ref, type Ref } from 'vue'

/** The present time in milliseconds, refreshed often enough for "4 min ago". */
export function useNow(everyMs = 20_000): Ref<number> {
  const now = ref(Date.now())
  const timer = setInterval(() => (now.value = Date.now()), everyMs)
  onScopeDispose(() => clearInterval(timer))
  return now
}
