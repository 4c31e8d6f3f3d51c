import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { promisify } from 'node:util'

export interface SmallDisk {
  readonly folder: string
  /** `ro` or `rw`. */
  remount(mode: 'ro' | 'rw'): Promise<void>
  /** Takes it away though files on it are open, as a network drive goes. */
  detach(): void
}

/** A real file system of so many bytes at `folder`, in memory; null where mounting is not permitted. */
export function mountSmallDisk(folder: string, bytes: number): SmallDisk | null {
  mkdirSync(folder, { recursive: true })
  const run = (command: string, ...args: string[]): void => void execFileSync(command, args, { stdio: 'pipe' })
  try {
    run('mount', '-t', 'tmpfs', '-o', `size=${bytes}`, 'small-disk', folder)
  } catch {
    // Only root may; the tests that need it say that they were skipped.
    return null
  }
  /** Refused as long as a file is open for writing, as the engine's own look at the folder has one for a moment. */
  const remount = async (mode: 'ro' | 'rw'): Promise<void> => {
    for (let tries = 1; ; tries++) {
      try {
        await promisify(execFile)('mount', ['-o', `remount,${mode}`, folder])
        return
      } catch (error) {
        if (tries === 50) throw error
      }
    }
  }
  return { folder, remount, detach: () => run('umount', '-l', folder) }
}
