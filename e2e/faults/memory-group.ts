import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

/** The kernel's group of processes that share an allowance of memory (cgroup). */
export interface MemoryGroup {
  /** Put before a command so that it and its children belong to the group. */
  readonly wrap: readonly string[]
  /** Allows no more than is used now. */
  close(): void
  /** A small program of the same group that wants memory: with the group closed, the kernel ends the process of it that is to go first. */
  squeeze(): ChildProcess
  /** Waits for its last processes, which may outlive the command by a moment. Throws when some are still there after ten seconds. */
  remove(): Promise<void>
}

const V1 = '/sys/fs/cgroup/memory'
const V2 = '/sys/fs/cgroup'
const LEAVING_MS = 10_000
const LOOK_EVERY_MS = 10
const HUNGRY = 'const kept = []; setInterval(() => kept.push(Buffer.alloc(2e6, 1)), 10)'

/** Null where groups can't be made: only root may, and a container may keep them from it. */
export function createMemoryGroup(name: string): MemoryGroup | null {
  const isV1 = existsSync(join(V1, 'memory.limit_in_bytes'))
  const folder = join(isV1 ? V1 : V2, name)
  const [limit, usage] = isV1 ? ['memory.limit_in_bytes', 'memory.usage_in_bytes'] : ['memory.max', 'memory.current']
  try {
    mkdirSync(folder)
    if (!existsSync(join(folder, limit))) throw new Error('no memory controller')
  } catch {
    // Not root, no control groups, or a read-only tree: whoever asks says that this was not tried.
    return null
  }
  const wrap = ['sh', '-c', 'echo $$ > "$0"/cgroup.procs && exec "$@"', folder]
  return {
    wrap,
    close() {
      // The kernel first gives back what files occupy, and refuses while more is used than is allowed.
      for (let spare = 0; ; spare += 4_000_000) {
        try {
          return writeFileSync(join(folder, limit), String(Number(readFileSync(join(folder, usage), 'utf8')) + spare))
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EBUSY' || spare > 400_000_000) throw error
        }
      }
    },
    // Once the trainer has gone, the hungry program itself is the next, and not the command that has to tell of it.
    squeeze: () => spawn('sh', ['-c', 'echo $$ > "$0"/cgroup.procs && echo 400 > /proc/self/oom_score_adj && exec "$@"', folder, process.execPath, '-e', HUNGRY], { stdio: 'ignore' }),
    async remove() {
      const members = (): string => readFileSync(join(folder, 'cgroup.procs'), 'utf8').trim()
      const latest = performance.now() + LEAVING_MS
      // The kernel tells nobody when a group becomes empty, so it is looked at.
      while (members() !== '' && performance.now() < latest) await setTimeout(LOOK_EVERY_MS)
      if (members() !== '') throw new Error(`processes ${members()} are still in ${folder}`)
      rmdirSync(folder)
    },
  }
}
