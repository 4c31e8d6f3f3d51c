import { defineStore } from 'pinia'
import { computed, onScopeDispose, shallowRef } from 'vue'
import type { MenuAction } from '../../../src/contract/native'

/** Something a person can do: in the palette, by its shortcut, and (with a menu's id) from the menu. */
export interface Action {
  readonly id: MenuAction | (string & {})
  readonly label: string
  readonly group: 'Go to' | 'Configuration' | 'Run' | 'View' | 'Appearance'
  /** As `Mod+K`: Mod is Ctrl, on a Mac Command. */
  readonly shortcut?: string
  /** Hidden from the palette while false. */
  readonly enabled?: () => boolean
  readonly run: () => unknown
}

/** Every action there is at present; views add theirs while they are on screen. */
export const useActions = defineStore('actions', () => {
  const sets = shallowRef<readonly (readonly Action[])[]>([])
  const paletteOpen = shallowRef(false)
  const all = computed(() => sets.value.flat())

  /** Adds actions for as long as the calling scope lives. One with the same id wins over an earlier one. */
  function provide(actions: readonly Action[]): void {
    sets.value = [...sets.value, actions]
    onScopeDispose(() => (sets.value = sets.value.filter((set) => set !== actions)))
  }

  const available = (action: Action): boolean => action.enabled?.() ?? true

  function find(id: string): Action | undefined {
    return all.value.findLast((action) => action.id === id && available(action))
  }

  function run(id: string): boolean {
    const action = find(id)
    void action?.run()
    return action !== undefined
  }

  return { all, available, paletteOpen, provide, find, run }
})
