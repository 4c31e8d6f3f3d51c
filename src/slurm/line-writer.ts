import { open } from 'node:fs/promises'

const TRY_AGAIN_MS = 2_000

export interface LineWriter {
  write(value: unknown): void
  /** Resolves once everything is on the disk. */
  flush(): Promise<void>
}

/**
 * Appends JSON lines to a file that a process on another machine reads. The file is opened and closed for every batch: a file system of a network
 * promises others to see what was written before a close, and nothing earlier. What can't be written is kept and tried again; `onProblem` hears why.
 */
export function createLineWriter(file: string, onProblem: (error: unknown) => void): LineWriter {
  let waiting: string[] = []
  let work: Promise<void> | null = null
  let torn = false

  const append = async (lines: readonly string[]): Promise<void> => {
    const handle = await open(file, 'a', 0o600)
    try {
      // A batch of which only a part was written is written again: the torn line is ended first, and its reader leaves it out.
      const { size } = await handle.stat()
      await handle.writeFile(`${torn && size > 0 ? '\n' : ''}${lines.join('')}`)
      await handle.sync()
    } finally {
      await handle.close()
    }
  }
  const drain = async (): Promise<void> => {
    while (waiting.length > 0) {
      const lines = waiting
      waiting = []
      try {
        await append(lines)
        torn = false
      } catch (error) {
        waiting = [...lines, ...waiting]
        torn = true
        onProblem(error)
        await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS))
      }
    }
    work = null
  }
  return {
    write(value) {
      waiting.push(`${JSON.stringify(value)}\n`)
      work ??= drain()
    },
    async flush() {
      while (work !== null) await work
    },
  }
}
