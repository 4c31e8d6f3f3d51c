import { execFileSync } from 'node:child_process'
import { chmodSync, closeSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { mountSmallDisk } from '../../src/engine/testing/small-disk'
import { type Accident, endsWell, nextPoint, runIdOf, told } from './accident'
import { type Command, startCommand, trainerOf } from './command'
import type { SmallRun } from './small-run'

/** Folders are looked at so often: a quarter of the time after which a trainer counts as hanging. */
const WATCH_OFTEN = { FRACBITS_HANG_AFTER_SECONDS: '60' }

function startIn(folder: string, workspace: string, run: SmallRun): Command {
  return startCommand(['train', '-c', run.config, '--log-dir', folder, '--workspace', workspace], { ...run.env, ...WATCH_OFTEN })
}

const system = (command: string, ...args: string[]): void => void execFileSync(command, args, { stdio: 'pipe' })

/** The disk of the run's folder is full for a while; nobody does anything but free some space. Null where mounting is not permitted. */
export async function fillDisk(workspace: string, run: SmallRun): Promise<Accident | null> {
  const disk = mountSmallDisk(join(workspace, `disk-${String(Date.now())}`), 12_000_000)
  if (disk === null) return null
  const command = startIn(disk.folder, workspace, run)
  await command.line(({ type }) => type === 'started')
  const filler = join(disk.folder, 'filler')
  fill(filler)
  await told(command, 'is full')
  const began = Date.now()
  rmSync(filler)
  const recoveryMs = await nextPoint(command, began)
  await endsWell(command)
  return { runId: runIdOf(command), recoveryMs, remove: () => disk.detach() }
}

/** The run's folder may not be written for a while. */
export async function forbidWriting(workspace: string, run: SmallRun): Promise<Accident> {
  const folder = join(workspace, `forbidden-${String(Date.now())}`)
  mkdirSync(folder)
  const command = startIn(folder, workspace, run)
  await command.line(({ type }) => type === 'started')
  const places = [join(folder, runIdOf(command)), join(folder, runIdOf(command), 'checkpoints')]
  mkdirSync(places[1] ?? '', { recursive: true })
  // Root may write everywhere but where the file system itself says no.
  const setWritable = (may: boolean): void => {
    if (process.getuid?.() === 0) system('chattr', may ? '-i' : '+i', ...places)
    else for (const place of places) chmodSync(place, may ? 0o755 : 0o555)
  }
  setWritable(false)
  let recoveryMs: number
  try {
    await told(command, "can't be written")
  } finally {
    setWritable(true)
    const began = Date.now()
    recoveryMs = await nextPoint(command, began)
  }
  await endsWell(command)
  return { runId: runIdOf(command), recoveryMs }
}

/** The drive of the run's folder goes and comes again, as a network drive does. Null where mounting is not permitted. */
export async function takeAway(workspace: string, run: SmallRun): Promise<Accident | null> {
  const drive = join(workspace, `drive-${String(Date.now())}`)
  const place = join(workspace, `mounted-${String(Date.now())}`)
  mkdirSync(drive)
  mkdirSync(place)
  try {
    system('mount', '--bind', drive, place)
  } catch {
    return null
  }
  const command = startIn(place, workspace, run)
  await command.line(({ type }) => type === 'started')
  system('umount', '-l', place)
  await told(command, 'not there any more')
  const began = Date.now()
  system('mount', '--bind', drive, place)
  const recoveryMs = await nextPoint(command, began)
  await endsWell(command)
  return { runId: runIdOf(command), recoveryMs, remove: () => system('umount', '-l', place) }
}

/** No process of the application may write a file as large as a checkpoint for a while: what a limit or a quota does. */
export async function limitFiles(workspace: string, run: SmallRun): Promise<Accident> {
  const command = startIn(join(workspace, 'runs'), workspace, run)
  await command.line(({ type }) => type === 'started')
  const engine = command.child.pid ?? 0
  const limit = (pid: number | null, bytes: string): void => system('prlimit', '--pid', String(pid ?? 0), `--fsize=${bytes}`)
  limit(trainerOf(command), '20000:unlimited')
  limit(engine, '20000:unlimited')
  await command.line(({ type, reason }) => type === 'status' && Boolean(reason))
  const began = Date.now()
  limit(engine, 'unlimited:unlimited')
  const trainer = trainerOf(command)
  if (trainer !== null) limit(trainer, 'unlimited:unlimited')
  const recoveryMs = await nextPoint(command, began)
  await endsWell(command)
  return { runId: runIdOf(command), recoveryMs }
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
