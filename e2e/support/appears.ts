import { existsSync, watch } from 'node:fs'
import { dirname } from 'node:path'

/** Resolves when a file is there, in a folder that is; the test's own limit ends the wait. */
export async function appears(file: string): Promise<void> {
  const changes = watch(dirname(file))
  try {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (existsSync(file)) resolve()
      }
      changes.on('change', look)
      changes.on('error', reject)
      look()
    })
  } finally {
    changes.close()
  }
}
