import { onScopeDispose, ref, type Ref } from 'vue'

export function useMediaQuery(query: string): Readonly<Ref<boolean>> {
  const list = window.matchMedia(query)
  const matches = ref(list.matches)
  const listen = (event: MediaQueryListEvent): void => {
    matches.value = event.matches
  }
  list.addEventListener('change', listen)
  onScopeDispose(() => list.removeEventListener('change', listen))
  return matches
}
