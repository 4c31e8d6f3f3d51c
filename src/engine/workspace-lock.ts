import { randomBytes } from 'node:crypto'
import { link, open, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { identityOf } from './process-facts'

const HEARTBEAT_MS = 2_000
/** A lock of another machine, or of a process that exists but may be another one by now for all that is known, counts as left behind after so long. */
const STALE_AFTER_MS = 30_000
/** A guard file outlives its few milliseconds of use only when its owner died. */
const GUARD_STALE_AFTER_MS = 10_000

/** What the lock file says about the engine that owns the workspace. */
export const LockInfo = z.object({
  pid: z.int(),
  host: z.string(),
  /** Distinguishes this lock from every other. */
  nonce: z.string(),
  /** Local socket or pipe of the engine, and the secret it expects first; the file is readable by its owner only. */
  endpoint: z.string(),
  token: z.string(),
  app: z.string(),
  /** Tells the process from a later one with the same number; null where the system does not say. */
  identity: z.string().nullable().default(null),
})
export type LockInfo = z.infer<typeof LockInfo>

export interface WorkspaceLock {
  readonly info: LockInfo
  /** Resolves when another process has taken the workspace over, because this one seemed dead. */
  readonly lost: Promise<void>
  release(): Promise<void>
}

export type LockOutcome = { readonly lock: WorkspaceLock } | { readonly heldBy: LockInfo; readonly heartbeatAgeMs: number }

const lockFile = (workspace: string): string => join(workspace, 'engine.lock')
const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

interface Found {
  /** null while a lock is unreadable: half-written by a file system without links, or damaged. */
  readonly info: LockInfo | null
  readonly ageMs: number
}

async function readLock(workspace: string, now: number): Promise<Found | null> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(lockFile(workspace), 'utf8'), stat(lockFile(workspace))])
    return { info: parseLock(text), ageMs: now - mtimeMs }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}

function parseLock(text: string): LockInfo | null {
  try {
    return LockInfo.parse(JSON.parse(text))
  } catch {
    return null
  }
}

/**
 * A dead process's lock is stale at once, that of a process known to be alive never: it may have been asleep, or the clock was set.
 * Otherwise silence decides.
 */
function isStale({ info, ageMs }: Found): boolean {
  if (info?.host === hostname()) {
    if (!isAlive(info.pid)) return true
    if (info.identity !== null) return identityOf(info.pid) !== info.identity
  }
  return ageMs > STALE_AFTER_MS
}

/** Creates the file with its whole content or fails with EEXIST. */
async function createWhole(file: string, content: string): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}`
  await writeFile(temporary, content, { flag: 'wx', mode: 0o600 })
  try {
    await link(temporary, file)
  } catch (error) {
    if (codeOf(error) !== 'EPERM' && codeOf(error) !== 'ENOTSUP' && codeOf(error) !== 'ENOSYS') throw error
    await writeFile(file, content, { flag: 'wx', mode: 0o600 })
  } finally {
    await rm(temporary, { force: true })
  }
}

async function tryCreate(file: string, content: string): Promise<boolean> {
  try {
    await createWhole(file, content)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

/** Removes a stale lock. A guard file lets one process at a time decide, so that nobody removes the lock of a quicker one. */
async function removeStale(workspace: string, now: () => number): Promise<void> {
  const guard = join(workspace, 'engine.lock.takeover')
  try {
    await (await open(guard, 'wx')).close()
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    const age = await stat(guard).then(
      ({ mtimeMs }) => now() - mtimeMs,
      () => 0,
    )
    if (age > GUARD_STALE_AFTER_MS) await rm(guard, { force: true })
    return
  }
  try {
    const found = await readLock(workspace, now())
    if (found !== null && isStale(found)) await rm(lockFile(workspace), { force: true })
  } finally {
    await rm(guard, { force: true })
  }
}

/** Keeps the file's time fresh and watches that it is still ours. */
function holdLock(workspace: string, info: LockInfo): WorkspaceLock {
  const file = lockFile(workspace)
  let tellLost: () => void = () => undefined
  const lost = new Promise<void>((resolve) => (tellLost = resolve))
  const beat = async (): Promise<void> => {
    const found = await readLock(workspace, Date.now())
    if (found?.info?.nonce !== info.nonce) return tellLost()
    await utimes(file, new Date(), new Date())
  }
  // A beat that fails (a network drive that is away) is made up for by the next one.
  const timer = setInterval(() => void beat().catch(() => undefined), HEARTBEAT_MS)
  timer.unref()
  return {
    info,
    lost,
    async release() {
      clearInterval(timer)
      const found = await readLock(workspace, Date.now())
      if (found?.info?.nonce === info.nonce) await rm(file, { force: true })
    },
  }
}

/** Takes the workspace's lock, or tells who has it. A lock that was left behind is taken over. */
export async function acquireWorkspaceLock(
  workspace: string,
  holder: Pick<LockInfo, 'endpoint' | 'token' | 'app'>,
  now: () => number = Date.now,
): Promise<LockOutcome> {
  const info: LockInfo = { pid: process.pid, host: hostname(), nonce: randomBytes(12).toString('hex'), identity: identityOf(process.pid), ...holder }
  for (;;) {
    if (await tryCreate(lockFile(workspace), JSON.stringify(info))) return { lock: holdLock(workspace, info) }
    const found = await readLock(workspace, now())
    if (found === null) continue
    if (isStale(found)) await removeStale(workspace, now)
    else if (found.info !== null) return { heldBy: found.info, heartbeatAgeMs: found.ageMs }
    // Another process is just deciding or writing: look again shortly.
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
