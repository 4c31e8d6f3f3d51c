import { writeFileSync } from 'node:fs'

/** Of -1000 to 1000: far above the 0 to 300 that a desktop gives its programs. */
const ADJUSTMENT = '500'

/**
 * Has the kernel end this process first when memory runs out: a trainer can go on from its checkpoint, while the command or the window beside it,
 * which tells the person, could not. Only Linux knows such a wish.
 */
export function beFirstToGo(): void {
  if (process.platform !== 'linux') return
  try {
    writeFileSync('/proc/self/oom_score_adj', ADJUSTMENT)
  } catch {
    // A container may keep this file from its processes: then the kernel chooses as ever.
  }
}
