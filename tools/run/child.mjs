import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { isWindows } from '../setup/places.mjs'

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP']
/** A terminal's Ctrl-C reaches us from the terminal and again through npm; both arrive within this time, a person's second one does not. */
const ECHO_MS = 300
const PARENT_WATCH_MS = 1_000

/**
 * Runs a program in the foreground and resolves with its exit code (128 + n when a signal ended it).
 * A signal reaches the program exactly once, whether a terminal, npm or another process sent it: the program gets a process group
 * of its own, which the terminal does not signal, and we pass on the first of each burst.
 */
export function runForeground(command, args, { cwd, env = process.env }) {
  return new Promise((done) => {
    const child = spawn(command, args, { cwd, env, stdio: 'inherit', detached: !isWindows })
    let last = { signal: '', at: 0 }
    const forward = (signal) => {
      const at = Date.now()
      const isEcho = last.signal === signal && at - last.at < ECHO_MS
      if (isEcho) return
      last = { signal, at }
      // on Windows the console has told the program already
      if (!isWindows) child.kill(signal)
    }
    const resized = () => child.kill('SIGWINCH')
    for (const signal of FORWARDED) process.on(signal, forward)
    if (!isWindows) process.on('SIGWINCH', resized)
    // npm killed outright tells nobody; what it started is asked to stop all the same
    const parent = process.ppid
    const watch = process.env.npm_lifecycle_event
      ? setInterval(() => process.ppid === parent || (clearInterval(watch), forward('SIGTERM')), PARENT_WATCH_MS)
      : undefined
    const end = (code) => {
      clearInterval(watch)
      for (const signal of FORWARDED) process.off(signal, forward)
      process.off('SIGWINCH', resized)
      done(code)
    }
    child.on('error', (error) => {
      process.stderr.write(`${command} could not be started (${error.message}); run "npm run setup" and try again.\n`)
      end(1)
    })
    child.on('close', (code, signal) => end(code ?? 128 + (constants.signals[signal] ?? 0)))
  })
}
