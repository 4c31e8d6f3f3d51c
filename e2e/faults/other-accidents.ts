import { closeSync, openSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { mountSmallDisk } from '../../src/engine/testing/small-disk'
import { killAtOnce, startCommand, trainerOf } from './command'
import type { SmallRun } from './small-run'

export interface Accident {
  readonly runId: string
  readonly recoveryMs: number
}

const isPoint = ({ type }: { type: string }): boolean => type === 'metrics'

/** The trainer crashes in native code in the middle of its work; nobody does anything about it. */
export async function crashTrainer(workspace: string, run: SmallRun): Promise<Accident> {
  const command = startCommand(['train', '-c', run.config, '--workspace', workspace], run.env)
  await command.line(isPoint)
  const began = Date.now()
  killAtOnce(trainerOf(command), 'SIGSEGV')
  await command.line(({ type, status, reason }) => type === 'status' && status === 'queued' && reason?.includes('SIGSEGV') === true)
  await command.line(() => command.lines.filter(({ status }) => status === 'running').length > 1)
  const recoveryMs = Date.now() - began
  const { code, stderr } = await command.exited
  if (code !== 0) throw new Error(`The command ended with ${String(code)}: ${stderr}`)
  return { runId: command.lines.find(({ runId }) => runId !== undefined)?.runId ?? '', recoveryMs }
}

/** The disk of the run's folder is full for a while; nobody does anything but free some space. Null where mounting is not permitted. */
export async function fillDisk(workspace: string, run: SmallRun): Promise<(Accident & { remove(): void }) | null> {
  const disk = mountSmallDisk(join(workspace, `disk-${Date.now()}`), 12_000_000)
  if (disk === null) return null
  const command = startCommand(['train', '-c', run.config, '--log-dir', disk.folder, '--workspace', workspace], run.env)
  await command.line(({ type }) => type === 'started')
  const filler = join(disk.folder, 'filler')
  fill(filler)
  await command.line(({ type, reason }) => type === 'status' && reason?.includes('is full') === true)
  const began = Date.now()
  rmSync(filler)
  const { code, stderr } = await command.exited
  if (code !== 0) throw new Error(`The command ended with ${String(code)}: ${stderr}`)
  return { runId: command.lines.find(({ runId }) => runId !== undefined)?.runId ?? '', recoveryMs: Date.now() - began, remove: () => disk.detach() }
}

/** Writes until there is no room for one byte more. */
function fill(file: string): void {
  writeFileSync(file, '')
  const handle = openSync(file, 'a')
  try {
    for (let size = 1_000_000; size >= 1; size = Math.floor(size / 2)) while (wrote(handle, size));
  } finally {
    closeSync(handle)
  }
}

function wrote(handle: number, size: number): boolean {
  try {
    return writeSync(handle, new Uint8Array(size)) === size
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false
    throw error
  }
}

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
