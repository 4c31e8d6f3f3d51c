import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { root } from '../support/places'

const Line = z.looseObject({ type: z.string(), runId: z.string().optional(), reason: z.string().nullish(), status: z.string().optional() })
export type Line = z.infer<typeof Line>

/** The real command in a process group of its own, and what it says. */
export interface Command {
  readonly child: ChildProcess
  readonly lines: readonly Line[]
  readonly startedAt: number
  /** When the first point of training came; null before. */
  readonly firstPointAt: number | null
  readonly exited: Promise<{ code: number | null; stderr: string }>
  /** Resolves at the first line that fits; rejects when the command ends without. */
  line(fits: (line: Line) => boolean): Promise<Line>
}

export function startCommand(args: readonly string[], env: Readonly<Record<string, string>>, wrap: readonly string[] = []): Command {
  const [program = process.execPath, ...rest] = [...wrap, process.execPath, join(root, 'out/main/cli.js'), ...args, '--json']
  const child = spawn(program, rest, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const lines: Line[] = []
  const waiting = new Set<() => void>()
  let firstPointAt: number | null = null
  let ended = false
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = parse(text)
    if (line === null) return
    lines.push(line)
    if (line.type === 'metrics') firstPointAt ??= Date.now()
    for (const look of waiting) look()
  })
  const exited = new Promise<{ code: number | null; stderr: string }>((resolve) => {
    child.on('close', (code) => {
      ended = true
      for (const look of waiting) look()
      resolve({ code, stderr })
    })
  })
  return {
    child,
    lines,
    startedAt: Date.now(),
    get firstPointAt() {
      return firstPointAt
    },
    exited,
    line: (fits) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = lines.find(fits)
          if (found === undefined && !ended) return
          waiting.delete(look)
          if (found === undefined) reject(new Error(`The command ended without that line: ${stderr}`))
          else resolve(found)
        }
        waiting.add(look)
        look()
      }),
  }
}

/** The last line of a killed process may be cut off. */
function parse(text: string): Line | null {
  try {
    return Line.parse(JSON.parse(text))
  } catch {
    return null
  }
}

/** The trainer that a command has started; null when it has none. */
export function trainerOf(command: Command): number | null {
  try {
    const pid = String(command.child.pid)
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
    return children === '' ? null : Number(children.split(' ').at(-1))
  } catch {
    return null
  }
}

/** Ends a process (a group with a negative number) at once; one that has just gone by itself is no fault. */
export function killAtOnce(pid: number | null, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    if (pid !== null) process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
