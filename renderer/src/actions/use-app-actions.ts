import { computed, onScopeDispose } from 'vue'
import { useRouter } from 'vue-router'
import { useDemo } from '../composables/use-demo'
import { useCommand } from '../engine/use-command'
import { type Action, useActions } from '../stores/actions'
import { useAppearance } from '../stores/appearance'
import { useUnsaved } from '../stores/unsaved'
import { isShortcut, onMac } from './shortcut'

/** The actions that are there on every page, the keyboard shortcuts, and the desktop menu as another way to the same actions. */
export function useAppActions(): void {
  const router = useRouter()
  const actions = useActions()
  const appearance = useAppearance()
  const demo = useDemo()
  const pause = useCommand('runs.pause')
  const resume = useCommand('runs.resume')
  const stop = useCommand('runs.stop')
  const native = window.studio

  /** The run on screen; run entries mean this one. */
  const shownRun = computed(() => {
    const id = router.currentRoute.value.params['runId']
    return typeof id === 'string' ? id : null
  })
  const onRun = (what: (runId: string) => unknown): Pick<Action, 'run' | 'enabled'> => ({
    enabled: () => shownRun.value !== null,
    run: () => (shownRun.value === null ? undefined : what(shownRun.value)),
  })
  const go = (name: string, query = {}) => ({ run: () => router.push({ name, query }) })

  actions.provide([
    { id: 'command-palette', label: 'Show all commands', group: 'View', shortcut: 'Mod+K', run: () => (actions.paletteOpen = true) },
    { id: 'show-runs', label: 'Runs', group: 'Go to', shortcut: 'Mod+1', ...go('home') },
    { id: 'show-configurations', label: 'Configurations', group: 'Go to', shortcut: 'Mod+2', ...go('configurations') },
    { id: 'doctor', label: 'Machine', group: 'Go to', shortcut: 'Mod+3', ...go('machine') },
    { id: 'show-settings', label: 'Settings', group: 'Go to', shortcut: 'Mod+,', ...go('settings') },
    { id: 'new-run', label: 'New run', group: 'Run', shortcut: 'Mod+N', ...go('new-run') },
    { id: 'import-runs', label: 'Import runs', group: 'Run', ...go('home', { import: '1' }) },
    { id: 'run-demo', label: 'Run the demo', group: 'Run', run: () => demo.run() },
    {
      id: 'import-configuration',
      label: 'Import a configuration',
      group: 'Configuration',
      shortcut: 'Mod+I',
      ...go('configurations', { import: '1' }),
    },
    { id: 'compare-configurations', label: 'Compare two configurations', group: 'Configuration', ...go('compare-configurations') },
    { id: 'pause-run', label: 'Pause this run', group: 'Run', ...onRun((runId) => pause.run({ runId })) },
    { id: 'resume-run', label: 'Resume this run', group: 'Run', ...onRun((runId) => resume.run({ runId })) },
    { id: 'stop-run', label: 'Stop this run after its step', group: 'Run', ...onRun((runId) => stop.run({ runId, mode: 'after-step' })) },
    ...(native === undefined
      ? []
      : [{ id: 'open-run-folder', label: 'Open the folder of this run', group: 'Run', ...onRun((runId) => native.openRunFolder(runId)) } as const]),
    { id: 'theme-system', label: 'Theme: same as system', group: 'Appearance', run: () => (appearance.theme = 'system') },
    { id: 'theme-light', label: 'Theme: light', group: 'Appearance', run: () => (appearance.theme = 'light') },
    { id: 'theme-dark', label: 'Theme: dark', group: 'Appearance', run: () => (appearance.theme = 'dark') },
    { id: 'contrast-system', label: 'Contrast: same as system', group: 'Appearance', run: () => (appearance.contrast = 'system') },
    { id: 'contrast-more', label: 'Contrast: high', group: 'Appearance', run: () => (appearance.contrast = 'more') },
    { id: 'contrast-standard', label: 'Contrast: standard', group: 'Appearance', run: () => (appearance.contrast = 'standard') },
    {
      id: 'toggle-rail',
      label: 'Narrow or widen the rail',
      group: 'View',
      shortcut: 'Mod+B',
      run: () => (appearance.railCollapsed = !appearance.railCollapsed),
    },
    ...(native === undefined
      ? []
      : (['in', 'out', 'reset'] as const).map((zoom): Action => ({
          id: `zoom-${zoom}`,
          label: zoom === 'reset' ? 'Zoom: actual size' : `Zoom ${zoom}`,
          group: 'View',
          run: () => native.zoom(zoom),
        }))),
  ])

  const unsaved = useUnsaved()
  if (native !== undefined) {
    onScopeDispose(native.onMenuAction((action) => void actions.run(action)))
    onScopeDispose(native.onOpenRun((runId) => void router.push({ name: 'run', params: { runId } })))
    onScopeDispose(native.onClosing(() => unsaved.keepAll()))
  }

  const isMac = onMac()
  const press = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing) return
    const action = actions.all.findLast((one) => one.shortcut !== undefined && isShortcut(event, one.shortcut, isMac) && actions.available(one))
    if (action === undefined) return
    event.preventDefault()
    void action.run()
  }
  // Before the text editor, which has other uses for some of them.
  window.addEventListener('keydown', press, true)
  onScopeDispose(() => window.removeEventListener('keydown', press, true))
}
