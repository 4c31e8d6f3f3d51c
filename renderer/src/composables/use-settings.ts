import { onScopeDispose, shallowRef, type ShallowRef } from 'vue'
import type { ApplicationSettings, SettingsChange } from '../../../src/contract/native'
import { nativeSentence } from '../engine/native-sentence'
import type { UpdateAction } from '../../../src/contract/updates'

export interface SettingsState {
  /** Null until they are known, and in a browser. */
  readonly settings: Readonly<ShallowRef<ApplicationSettings | null>>
  /** Why the last change was refused. */
  readonly refused: Readonly<ShallowRef<string | null>>
  change(change: SettingsChange): Promise<void>
  act(action: UpdateAction): void
}

/** The settings of the application, as they are at any time; they belong to the desktop shell. */
export function useSettings(): SettingsState {
  const native = window.studio
  const settings = shallowRef<ApplicationSettings | null>(null)
  const refused = shallowRef<string | null>(null)
  const fail = (error: unknown): void => void (refused.value = nativeSentence(error))
  if (native !== undefined) {
    onScopeDispose(native.onSettings((now) => (settings.value = now)))
    void native.getSettings().then((now) => (settings.value = now), fail)
  }
  return {
    settings,
    refused,
    async change(change) {
      if (native === undefined) return
      refused.value = null
      try {
        settings.value = await native.changeSettings(change)
      } catch (error) {
        fail(error)
      }
    },
    act: (action) => void native?.actOnUpdate(action).catch(fail),
  }
}
