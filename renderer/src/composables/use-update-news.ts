import { watch } from 'vue'
import { useRouter } from 'vue-router'
import { useToasts } from '../stores/toasts'
import { useSettings } from './use-settings'

/** Tells of a new version that was found while another page is shown, as when the application looks for one at its start. */
export function useUpdateNews(): void {
  const { settings } = useSettings()
  const router = useRouter()
  const toasts = useToasts()
  watch(
    () => settings.value?.update,
    (now, before) => {
      if (now?.name !== 'available' || before?.name === 'available' || router.currentRoute.value.name === 'settings') return
      toasts.show(`Version ${now.update.version} of FracBits Studio is there.`, {
        action: { label: 'Settings', run: () => router.push({ name: 'settings' }) },
      })
    },
  )
}
