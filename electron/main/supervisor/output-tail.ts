const MAX_LINES = 40
const MAX_CHARACTERS = 8_000

export interface OutputTail {
  read(): string
}

/** Keeps the last lines a process wrote, and passes every whole line on. The stream must be read or the process would block. */
export function keepTail(stream: NodeJS.ReadableStream | null, onLine: (line: string) => void = () => undefined): OutputTail {
  const lines: string[] = []
  let rest = ''
  stream?.setEncoding('utf8')
  stream?.on('data', (chunk: string | Buffer) => {
    const parts = (rest + String(chunk)).split('\n')
    rest = (parts.pop() ?? '').slice(-MAX_CHARACTERS)
    for (const line of parts) {
      lines.push(line)
      onLine(line)
    }
    lines.splice(0, Math.max(0, lines.length - MAX_LINES))
  })
  return { read: () => [...lines, ...(rest === '' ? [] : [rest])].join('\n').slice(-MAX_CHARACTERS) }
}
