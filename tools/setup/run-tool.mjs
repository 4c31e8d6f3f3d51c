import { spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { isWindows, root } from './places.mjs'
import { SetupError } from './setup-error.mjs'

/**
 * Runs other programs without showing their output: all of it goes to the log, and the last lines of a failed one into the error.
 * `cancel` ends what is running and lets nothing else start, for a set-up that has already failed elsewhere.
 */
export function createToolRunner(logFile) {
  const running = new Set()
  let cancelled = false

  /** Runs a program; resolves with its exit code (-1: could not be started or was stopped) and its output, never rejects. */
  const attempt = (command, args, { cwd = root, env = {}, timeoutMs } = {}) =>
    new Promise((done) => {
      if (cancelled) return done({ code: -1, output: '', problem: 'cancelled' })
      // npm is a .cmd file on Windows, which only a shell can start
      const child = spawn(command, args, {
        cwd,
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
        shell: isWindows && command === 'npm',
      })
      running.add(child)
      let output = ''
      let problem = ''
      const timer =
        timeoutMs === undefined ? undefined : setTimeout(() => ((problem = `stopped after ${timeoutMs / 1000} s`), child.kill()), timeoutMs)
      child.stdout.on('data', (chunk) => (output += chunk))
      child.stderr.on('data', (chunk) => (output += chunk))
      child.on('error', (error) => (problem = error.message))
      child.on('close', (code) => {
        running.delete(child)
        clearTimeout(timer)
        appendFileSync(logFile, `\n$ ${command} ${args.join(' ')}\n${output}[exit ${code ?? 'none'}${problem && `, ${problem}`}]\n`)
        done({ code: code ?? -1, output, problem })
      })
    })

  /** Runs a program that must succeed; `what` begins the sentence of the error. */
  const must = async (what, command, args, options) => {
    const result = await attempt(command, args, options)
    if (result.code === 0) return result.output
    const lines = result.output.trim().split('\n').slice(-8)
    throw new SetupError(
      `${what} failed (${result.problem || `exit code ${result.code}`}); the whole output is in ${logFile}, its end:\n${lines.map((line) => `    ${line}`).join('\n')}`,
    )
  }

  const works = async (command, args) => (await attempt(command, args, { timeoutMs: 20_000 })).code === 0
  const cancel = () => {
    cancelled = true
    running.forEach((child) => child.kill())
  }
  return { attempt, must, works, cancel }
}
