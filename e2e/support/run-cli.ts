import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { root } from './places'

export interface CliProcess {
  readonly child: ChildProcess
  /** Lines of stdout, as they come. */
  readonly lines: AsyncIterableIterator<string>
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>
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
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, stdout, stderr })),
  )
  return { child, lines, ended }
}
