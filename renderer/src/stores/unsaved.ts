import { defineStore } from 'pinia'
import { onScopeDispose } from 'vue'

/** Who still has something to hand over to the engine when the window is about to close. */
export const useUnsaved = defineStore('unsaved', () => {
  const keepers = new Set<() => Promise<void>>()
  return {
    /** Calls `keep` before the window closes, for as long as the calling scope lives. */
    register(keep: () => Promise<void>): void {
      keepers.add(keep)
      onScopeDispose(() => keepers.delete(keep))
    },
    async keepAll(): Promise<void> {
      await Promise.allSettled([...keepers].map((keep) => keep()))
    },
  }
})
