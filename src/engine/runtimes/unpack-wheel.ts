import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type Entry, openPromise } from 'yauzl'
import { StudioError } from '../../contract/errors'
import type { Wheel } from './catalogue'
import { full, isFull } from './fetch-wheel'

const MODE_SHIFT = 16
const MAY_RUN = 0o100

/**
 * Unpacks the named files of a wheel below `folder`, synced. Only files that have the pinned sha256 come here, so their content is trusted.
 * Rejects with DATA_CORRUPT where one of the names is not in it, DISK_FULL, and with the signal's reason.
 */
export async function unpackWheel(file: string, { take }: Pick<Wheel, 'take'>, folder: string, signal: AbortSignal): Promise<void> {
  const zip = await openPromise(file, { autoClose: false, strictFileNames: true, validateEntrySizes: true }).catch((cause: unknown) => {
    throw new StudioError('DATA_CORRUPT', `${file} is no wheel. Remove the runtime and install it again.`, { cause })
  })
  try {
    const entries = new Map<string, Entry>()
    for await (const entry of zip.eachEntry()) if (take.includes(entry.fileName)) entries.set(entry.fileName, entry)
    for (const name of take) {
      const entry = entries.get(name)
      if (entry === undefined) throw new StudioError('DATA_CORRUPT', `${file} has no ${name}. This version of FracBits Studio can't install the runtime.`)
      const to = join(folder, name)
      await mkdir(dirname(to), { recursive: true })
      const mayRun = ((entry.externalFileAttributes >>> MODE_SHIFT) & MAY_RUN) !== 0
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(to, { mode: mayRun ? 0o755 : 0o644, flush: true }), { signal })
    }
  } catch (error) {
    signal.throwIfAborted()
    throw isFull(error) ? full(folder, error) : error
  } finally {
    zip.close()
  }
}
