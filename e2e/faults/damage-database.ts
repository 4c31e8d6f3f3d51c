import { closeSync, openSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** Overwrites a stretch in the middle of the closed database. */
export function damageDatabase(workspace: string): void {
  const file = join(workspace, 'studio.db')
  const handle = openSync(file, 'r+')
  const start = Math.floor(statSync(file).size / 2 / 4096) * 4096
  writeSync(
    handle,
    Uint8Array.from({ length: 8192 }, (_, index) => (index * 131 + 7) & 255),
    0,
    8192,
    start,
  )
  closeSync(handle)
}
