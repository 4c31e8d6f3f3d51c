import { spawn } from 'node:child_process'
import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { migrations } from '../../src/store/migrations/index'
import { openDatabase } from '../../src/store/database'
import { openStore } from '../../src/store/store'

const POINTS = 60_000

/** A database of the version before with 60,000 points. */
export async function writeOldDatabase(file: string): Promise<void> {
  const store = await openStore(file)
  await store.transaction(async (t) => {
    const run = {
      id: 'oldrun000001',
      name: 'r',
      model: 'm',
      dataset: 'd',
      status: 'finished',
      phase: 'done',
      step: 0,
      totalSteps: 0,
      createdAt: 0,
    } as const
    await store.runs.insert(t, { ...run, targetRate: null, config: {}, dataDir: '/', folder: '/', workers: 0 })
    const steps = Array.from({ length: POINTS }, (_, index) => index)
    await store.metrics.append(t, run.id, [{ key: 'train/loss', steps, values: steps }])
  })
  await store.close()
}

/** Starts the migration of a copy and kills it; null where it was too quick. Resolves with what is wrong with the file afterwards. */
export async function killMigration(
  entry: string,
  old: string,
  folder: string,
  afterMs: number,
): Promise<{ met: boolean; problem: string | null; recoveryMs: number }> {
  await mkdir(folder, { recursive: true })
  const file = join(folder, 'studio.db')
  await copyFile(old, file)
  const met = await runMigration(entry, file, afterMs)
  const problem = await wrongWith(file)
  const began = Date.now()
  await runMigration(entry, file, null)
  const after = await wrongWith(file)
  return { met, problem: problem ?? after, recoveryMs: Date.now() - began }
}

/** Resolves with whether it was killed while it was changing the file. */
function runMigration(entry: string, file: string, killAfterMs: number | null): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [entry, file], { stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const begins = !said.includes('migrating') && (said + text).includes('migrating')
      said += text
      if (begins && killAfterMs !== null) setTimeout(() => child.kill('SIGKILL'), killAfterMs)
    })
    child.on('close', (code, signal) => {
      if (signal === null && code !== 0) reject(new Error(stderr))
      else resolve(signal === 'SIGKILL' && !said.includes('done'))
    })
  })
}

/** All of the old version, or all of the new one; anything else is named. */
async function wrongWith(file: string): Promise<string | null> {
  const database = await openDatabase(file)
  try {
    const version = Number((await database.get('PRAGMA user_version'))?.['user_version'])
    const points = await database.get('SELECT count(*) AS count, sum(value - step) AS changed FROM metrics')
    const copied = await database.get("SELECT count(*) AS count FROM sqlite_schema WHERE name = 'copied'")
    const found = JSON.stringify({ version, count: points?.['count'], changed: points?.['changed'], copied: copied?.['count'] })
    const whole = [0, 1].map((step) => JSON.stringify({ version: migrations.length + step, count: POINTS, changed: step * POINTS, copied: step }))
    return whole.includes(found) ? null : found
  } finally {
    await database.close()
  }
}
