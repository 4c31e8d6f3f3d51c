import { problemOfFolder } from './folder-check'

/** Runs that stand still because their folder could not be written. */
export interface RoomWait {
  /** `bytes`: size of the file that must fit. */
  add(runId: string, folder: string, bytes: number): void
  has(runId: string): boolean
  remove(runId: string): void
  stop(): void
}

/** A checkpoint has at least about this size; what the first one needs is not known before it. */
const LEAST_BYTES = 1_000_000

/** Looks every now and then whether the folders can be written again, and says so once for each run. */
export function createRoomWait(everyMs: number, onRoom: (runId: string) => void): RoomWait {
  const waiting = new Map<string, { readonly folder: string; readonly bytes: number }>()
  let looking = false
  const look = async (): Promise<void> => {
    if (looking) return
    looking = true
    for (const [runId, { folder, bytes }] of [...waiting]) {
      const problem = await problemOfFolder(folder, bytes, true)
      if (problem === null && waiting.delete(runId)) onRoom(runId)
    }
    looking = false
  }
  const timer = setInterval(() => void look(), everyMs)
  timer.unref()
  return {
    add: (runId, folder, bytes) => void waiting.set(runId, { folder, bytes: Math.max(bytes, LEAST_BYTES) }),
    has: (runId) => waiting.has(runId),
    remove: (runId) => void waiting.delete(runId),
    stop: () => clearInterval(timer),
  }
}
