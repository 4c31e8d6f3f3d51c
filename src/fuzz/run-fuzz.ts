import { fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FuzzMessage } from './parser'

export interface Finding {
  readonly parser: string
  /** Number of the input; with parser and seed it can be made again. Negative: of the corpus itself. */
  readonly index: number
  readonly what: 'crash' | 'hang'
  readonly detail: string
}

export interface FuzzResult {
  readonly parser: string
  readonly inputs: number
  readonly accepted: number
  readonly refused: number
  readonly findings: readonly Finding[]
  readonly milliseconds: number
}

export interface FuzzOptions {
  readonly root: string
  /** Bundle of `fuzz-process.ts`. */
  readonly entry: string
  readonly parser: string
  readonly seed: number
  readonly inputs: number
  /** How many of the corpus are tried as they are, before. */
  readonly corpus: number
  /** A folder of the caller. */
  readonly scratch: string
}

const HANG_MS = 30_000
const LOOK_EVERY_MS = 1_000
const HEAP_MEGABYTES = 512
const ENOUGH = 20

interface Stretch {
  readonly findings: Finding[]
  readonly typed: number
  readonly accepted: number
  /** The input that ended the process, or null when it got through. */
  readonly endedAt: number | null
}

/** Tries inputs from `from` on until all are done or one of them ends the process. */
function runStretch(options: FuzzOptions, from: number): Promise<Stretch> {
  const { root, entry, parser, seed, inputs, scratch } = options
  const progress = join(scratch, 'progress')
  const child = fork(entry, [root, parser, String(seed), String(from), String(inputs), progress], {
    execArgv: [`--max-old-space-size=${HEAP_MEGABYTES}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const findings: Finding[] = []
  let done: Extract<FuzzMessage, { type: 'done' }> | null = null
  let hung = false
  let ready = false
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-2_000)))
  child.on('message', (message: FuzzMessage) => {
    if (message.type === 'ready') ready = true
    else if (message.type === 'done') done = message
    else if (message.type === 'crash') findings.push({ parser, index: message.index, what: 'crash', detail: message.error })
    else if (message.type === 'slow') findings.push({ parser, index: message.index, what: 'hang', detail: `${message.milliseconds} ms` })
    else findings.push({ parser, index: message.index, what: 'crash', detail: `${message.bytes} bytes of memory` })
  })
  const at = (): number => {
    const bytes = readFileSync(progress)
    return bytes.length === 8 ? bytes.readDoubleLE() : from
  }
  let last = NaN
  let since = performance.now()
  const timer = setInterval(() => {
    const now = ready ? at() : NaN
    if (now !== last || !ready) {
      last = now
      since = performance.now()
    } else if (performance.now() - since > HANG_MS && done === null) {
      hung = true
      child.kill('SIGKILL')
    }
  }, LOOK_EVERY_MS)
  return new Promise((resolve, reject) => {
    child.on('close', (code, signal) => {
      clearInterval(timer)
      if (done !== null) return resolve({ findings, typed: done.typed, accepted: done.accepted, endedAt: null })
      if (!ready) return reject(new Error(`The process for ${parser} did not start: ${stderr}`))
      const index = at()
      const detail = hung ? `no progress for ${HANG_MS} ms` : `the process ended (${signal ?? String(code)}): ${stderr}`
      resolve({ findings: [...findings, { parser, index, what: hung ? 'hang' : 'crash', detail }], typed: 0, accepted: 0, endedAt: index })
    })
  })
}

/** Tries the corpus and then so many changed inputs on one parser. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const began = performance.now()
  const findings: Finding[] = []
  let accepted = 0
  let refused = 0
  let from: number | null = -options.corpus
  while (from !== null && findings.length < ENOUGH) {
    const stretch: Stretch = await runStretch(options, from)
    findings.push(...stretch.findings)
    accepted += stretch.accepted
    refused += stretch.typed
    from = stretch.endedAt === null ? null : stretch.endedAt + 1
  }
  return { parser: options.parser, inputs: options.inputs + options.corpus, accepted, refused, findings, milliseconds: performance.now() - began }
}

/** One line a parser. */
export function fuzzTable(results: readonly FuzzResult[]): string {
  const rows = results.map(({ parser, inputs, accepted, refused, findings, milliseconds }) => [
    parser,
    String(inputs),
    String(findings.filter(({ what }) => what === 'crash').length),
    String(findings.filter(({ what }) => what === 'hang').length),
    String(accepted),
    String(refused),
    `${(milliseconds / 1000).toFixed(1)} s`,
  ])
  const table = [['parser', 'inputs', 'crashes', 'hangs', 'accepted', 'refused', 'time'], ...rows]
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => (row[column] ?? '').length)))
  return (
    table
      .map((row) =>
        row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd(),
      )
      .join('\n') + '\n'
  )
}
