import { open } from 'node:fs/promises'

const PIECE_BYTES = 1 << 20

export interface Line {
  readonly text: string
  /** Byte behind its line break. */
  readonly end: number
}

/**
 * The whole lines of a file from a byte on, at most about a megabyte of them; none where the file is not there yet. The file is opened
 * anew each time, which has a file system of a network look for what another machine wrote.
 */
export async function linesFrom(file: string, offset: number): Promise<Line[]> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  })
  if (handle === null) return []
  try {
    const { size } = await handle.stat()
    if (size <= offset) return []
    let wanted = Math.min(size - offset, PIECE_BYTES)
    for (;;) {
      const bytes = Buffer.alloc(wanted)
      const { bytesRead } = await handle.read(bytes, 0, wanted, offset)
      const lines = cut(bytes.subarray(0, bytesRead), offset)
      // A line longer than the piece is read whole.
      if (lines.length > 0 || wanted >= size - offset) return lines
      wanted = Math.min(size - offset, 2 * wanted)
    }
  } finally {
    await handle.close()
  }
}

function cut(bytes: Buffer, offset: number): Line[] {
  const lines: Line[] = []
  let from = 0
  for (let to = bytes.indexOf(10); to !== -1; to = bytes.indexOf(10, from)) {
    lines.push({ text: bytes.subarray(from, to).toString('utf8'), end: offset + to + 1 })
    from = to + 1
  }
  return lines
}

/** Every whole line of a file. */
export async function allLines(file: string): Promise<string[]> {
  const texts: string[] = []
  for (let offset = 0; ;) {
    const lines = await linesFrom(file, offset)
    const last = lines.at(-1)
    if (last === undefined) return texts
    texts.push(...lines.map(({ text }) => text))
    offset = last.end
  }
}

/** The JSON of a line, or undefined: a line that a dying process did not finish. */
export function parsedLine(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
