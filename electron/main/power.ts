import { powerSaveBlocker } from 'electron'

/** Keeps the machine from falling asleep while something is being trained; the display may. */
export function createSleepGuard(): (active: boolean) => void {
  let blocker: number | null = null
  return (active) => {
    if (active && blocker === null) blocker = powerSaveBlocker.start('prevent-app-suspension')
    if (!active && blocker !== null) {
      powerSaveBlocker.stop(blocker)
      blocker = null
    }
  }
}
