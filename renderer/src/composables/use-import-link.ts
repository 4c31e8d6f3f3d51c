import { ref, watch, type Ref } from 'vue'
import { useRoute, useRouter } from 'vue-router'

/** Whether a page's import dialog is open: also by a link with `?import`, which is taken out of the address when it closes. */
export function useImportLink(): Ref<boolean> {
  const route = useRoute()
  const router = useRouter()
  const importing = ref(false)
  watch(
    () => route.query['import'],
    (wanted) => {
      if (wanted !== undefined) importing.value = true
    },
    { immediate: true },
  )
  watch(importing, (open) => {
    if (!open && route.query['import'] !== undefined) void router.replace({ path: route.path })
  })
  return importing
}
