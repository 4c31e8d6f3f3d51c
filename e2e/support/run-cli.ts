import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { root } from './places'

export interface CliProcess {
  readonly child: ChildProcess
  /** Lines of stdout, as they come. */
  readonly lines: AsyncIterableIterator<string>
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>
}

/** Lines as they come. Those that nobody asks for wait here: a reader that held back would stop the process that writes them. */
function linesOf(output: Readable): AsyncIterableIterator<string> {
  const waiting: string[] = []
  let rest = ''
  let ended = false
  let wake = (): void => undefined
  output.on('data', (chunk: string) => {
    const parts = `${rest}${chunk}`.split('\n')
    rest = parts.pop() ?? ''
    waiting.push(...parts)
    wake()
  })
  output.on('end', () => {
    if (rest !== '') waiting.push(rest)
    ended = true
    wake()
  })
  async function* read(): AsyncGenerator<string> {
    for (;;) {
      for (let line = waiting.shift(); line !== undefined; line = waiting.shift()) yield line
      if (ended) return
      await new Promise<void>((resolve) => (wake = resolve))
    }
  }
  return read()
}

/** Starts the built command, perhaps `through` another one. Everything it wrote is in `ended` as well. */
export function startCli(args: readonly string[], env: Readonly<Record<string, string>> = {}, through: readonly string[] = []): CliProcess {
  const [file, ...rest] = [...through, process.execPath, join(root, 'out/main/cli.js'), ...args] as [string, ...string[]]
  const child = spawn(file, rest, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
  const lines = linesOf(child.stdout)
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, stdout, stderr })),
  )
  return { child, lines, ended }
}
