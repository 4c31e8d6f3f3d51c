import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openDatabase } from '../../src/store/database'

/** All that a run has left behind and that must not depend on what happened to it. */
export interface Recorded {
  readonly status: string
  /** `key step value`, without what measures the machine. */
  readonly rows: ReadonlySet<string>
  readonly result: string
  /** sha256 of the last checkpoint: weights, widths, optimizer, ranges and position. */
  readonly last: string
  /** Checkpoints that have a record but no file with that content. */
  readonly lostCheckpoints: number
}

const sha256 = (file: string): string | null => (existsSync(file) ? createHash('sha256').update(readFileSync(file)).digest('hex') : null)

/** Reads a run from the database of a workspace that nobody has open. */
export async function readRecorded(workspace: string, runId: string): Promise<Recorded> {
  const database = await openDatabase(join(workspace, 'studio.db'))
  try {
    const run = await database.get('SELECT number, status, folder, result FROM runs WHERE id = ?', [runId])
    const number = Number(run?.['number'])
    const metrics = await database.all(
      "SELECT s.key || ' ' || m.step || ' ' || coalesce(format('%.17g', m.value), 'none') AS row FROM metrics m JOIN series s ON s.number = m.series WHERE m.run = ? AND s.key NOT LIKE 'system/%' AND s.key NOT LIKE 'time/%'",
      [number],
    )
    const widths = await database.all("SELECT 'widths ' || step || ' ' || hex(bits) AS row FROM widths WHERE run = ?", [number])
    const checkpoints = await database.all('SELECT file, sha256 FROM checkpoints WHERE run = ? ORDER BY step DESC, id DESC', [number])
    const lost = checkpoints.filter((one) => sha256(join(String(run?.['folder']), String(one['file']))) !== one['sha256'])
    return {
      status: String(run?.['status']),
      rows: new Set([...metrics, ...widths].map(({ row }) => String(row))),
      result: String(run?.['result']),
      last: String(checkpoints[0]?.['sha256']),
      lostCheckpoints: lost.length,
    }
  } finally {
    await database.close()
  }
}

/** Rows of the undisturbed run that the other lacks or has otherwise, and those that it has on top. */
export function rowsApart(undisturbed: Recorded, other: Recorded): number {
  const missing = [...undisturbed.rows].filter((row) => !other.rows.has(row)).length
  const added = [...other.rows].filter((row) => !undisturbed.rows.has(row)).length
  return missing + added
}
