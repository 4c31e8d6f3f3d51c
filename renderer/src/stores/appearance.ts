import { defineStore } from 'pinia'
import { computed, ref, watch, watchEffect } from 'vue'
import type { ThemeChoice } from '../../../src/contract/native'

/** What a person chooses among, with its words. */
export const THEMES = [
  { value: 'system', label: 'Same as system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
] as const satisfies readonly { value: ThemeChoice; label: string }[]
export const CONTRASTS = [
  { value: 'system', label: 'Same as system' },
  { value: 'standard', label: 'Standard' },
  { value: 'more', label: 'High' },
] as const
export type ContrastChoice = (typeof CONTRASTS)[number]['value']

const read = <T extends string>(key: string, allowed: readonly T[], fallback: T): T =>
  allowed.find((one) => one === localStorage.getItem(key)) ?? fallback

function useMedia(query: string) {
  const list = window.matchMedia(query)
  const matches = ref(list.matches)
  list.addEventListener('change', (event) => (matches.value = event.matches))
  return matches
}

/** Colours follow the system unless the person chose otherwise; choices are kept on this device. */
export const useAppearance = defineStore('appearance', () => {
  const theme = ref<ThemeChoice>(
    read(
      'theme',
      THEMES.map(({ value }) => value),
      'system',
    ),
  )
  const contrast = ref<ContrastChoice>(
    read(
      'contrast',
      CONTRASTS.map(({ value }) => value),
      'system',
    ),
  )
  const railCollapsed = ref(localStorage.getItem('rail') === 'collapsed')
  const smoothCurves = ref(localStorage.getItem('smooth-curves') !== 'off')
  const systemDark = useMedia('(prefers-color-scheme: dark)')
  const systemContrast = useMedia('(prefers-contrast: more)')
  const dark = computed(() => (theme.value === 'system' ? systemDark.value : theme.value === 'dark'))
  const moreContrast = computed(() => (contrast.value === 'system' ? systemContrast.value : contrast.value === 'more'))

  watchEffect(() => {
    localStorage.setItem('theme', theme.value)
    localStorage.setItem('contrast', contrast.value)
    localStorage.setItem('rail', railCollapsed.value ? 'collapsed' : 'open')
    localStorage.setItem('smooth-curves', smoothCurves.value ? 'on' : 'off')
    document.documentElement.dataset['theme'] = dark.value ? 'dark' : 'light'
    document.documentElement.dataset['contrast'] = moreContrast.value ? 'more' : 'standard'
  })

  // The desktop shell remembers the choice too, so that menus and the window's frame agree with the page.
  const native = window.studio
  if (native !== undefined) {
    void native.getTheme().then((choice) => (theme.value = choice))
    watch(theme, (choice) => void native.setTheme(choice))
  }

  /** Changes whenever colours that were read into a canvas are out of date. */
  const palette = computed(() => `${dark.value ? 'dark' : 'light'}-${moreContrast.value ? 'more' : 'standard'}`)
  return { theme, contrast, railCollapsed, smoothCurves, dark, palette }
})
