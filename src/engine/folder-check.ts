import { randomBytes } from 'node:crypto'
import { open, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'

/** Below this a checkpoint or the database would soon find no room. */
const LEAST_FREE_BYTES = 32_000_000
const PROBE_PIECE = new Uint8Array(1_000_000)

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')

function explain(folder: string, error: unknown): string {
  switch (codeOf(error)) {
    case 'ENOSPC':
      return `The disk that holds ${folder} is full. Free some space; the run goes on by itself then.`
    case 'EDQUOT':
      return `Your quota on the disk that holds ${folder} is used up. Free some space there; the run goes on by itself then.`
    case 'EFBIG':
      return `${folder} takes no file of the size of a checkpoint. Raise the limit, or free some space; the run goes on by itself then.`
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return `The folder ${folder} can't be written (${codeOf(error)}). Give it back its permissions; the run goes on by itself then.`
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ESTALE':
    case 'EIO':
    case 'ENODEV':
      return `The folder ${folder} is not there any more (${codeOf(error)}). Connect its drive again; the run goes on by itself then.`
    default:
      return `The folder ${folder} can't be written (${error instanceof Error ? error.message : String(error)}). The run goes on by itself when it can.`
  }
}

/** Really writes so many bytes into a folder and removes them: what counts is what the disk does, not what it says. */
async function tryWriting(folder: string, bytes: number): Promise<void> {
  const probe = join(folder, `.room-${randomBytes(6).toString('hex')}`)
  try {
    const handle = await open(probe, 'wx')
    try {
      for (let left = bytes; left > 0; left -= PROBE_PIECE.length) await handle.writeFile(PROBE_PIECE.subarray(0, Math.min(left, PROBE_PIECE.length)))
      await handle.sync()
    } finally {
      await handle.close()
    }
  } finally {
    await rm(probe, { force: true })
  }
}

/**
 * Why a folder would not take the next `bytes`, in a sentence, or null. Cheap enough for every few seconds: it writes one byte and reads how much is free.
 * With `thorough` all the bytes are written, which also meets limits that no call tells about.
 */
export async function problemOfFolder(folder: string, bytes: number, thorough = false): Promise<string | null> {
  try {
    await stat(folder)
    await tryWriting(folder, thorough ? bytes : 1)
    const { bavail, bsize, blocks } = await statfs(folder)
    // A small disk (a tenth of which is less than the least that is asked of large ones) may be filled further.
    const needed = bytes + Math.min(LEAST_FREE_BYTES, (blocks * bsize) / 10)
    if (blocks > 0 && bavail * bsize < needed) throw Object.assign(new Error('no room'), { code: 'ENOSPC' })
    return null
  } catch (error) {
    return explain(folder, error)
  }
}
