import { StudioError } from '../contract/errors'
import type { SkippedImage } from './fill-batch'

/** Files named one by one; of more, only every so many-th is. */
const NAMED = 1000

/** Counts the image files that could not be used, names each once, and ends a run that meets too many. */
export interface SkipLedger {
  readonly count: number
  /** Throws DATA_CORRUPT when more files than allowed could not be used. */
  record(skipped: readonly SkippedImage[]): void
}

export function createSkipLedger(limit: number, notice: (line: string) => void): SkipLedger {
  const known = new Set<string>()
  let last = ''
  return {
    get count() {
      return known.size
    },
    record(skipped) {
      for (const { split, index, name, reason } of skipped) {
        const key = `${split} ${index}`
        if (known.has(key)) continue
        known.add(key)
        last = `${name}: ${reason}`
        if (known.size <= NAMED) notice(`Left out ${last}.`)
        else if (known.size % NAMED === 0) notice(`Left out ${known.size} image files so far; the last was ${last}.`)
      }
      if (known.size <= limit) return
      throw new StudioError(
        'DATA_CORRUPT',
        `${known.size} image files cannot be used; max_corrupt_files allows ${limit}. The last was ${last}. Repair or remove the files, or raise max_corrupt_files.`,
      )
    },
  }
}
