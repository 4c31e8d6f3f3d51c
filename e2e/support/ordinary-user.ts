import { type ChildProcess, spawn } from 'node:child_process'
import { chownSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Number of `nobody`, who owns nothing and may do nothing special, and of its group. */
const NOBODY = 65_534

export interface OrdinaryUser {
  readonly home: string
  /** Starts a program as this user, with their home and nothing of the environment of whoever runs the tests but the display. */
  start(program: string, args: readonly string[], env?: Readonly<Record<string, string>>): ChildProcess
  run(
    program: string,
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): Promise<{ code: number | null; stdout: string; stderr: string }>
  /** Makes a file or folder theirs. */
  give(path: string): void
  remove(): Promise<void>
}

/** Somebody with an empty home folder: when the tests run as root `nobody`, otherwise the person who runs them. */
export async function ordinaryUser(): Promise<OrdinaryUser> {
  const isRoot = process.getuid?.() === 0
  const home = await mkdtemp(join(tmpdir(), 'fracbits-user-'))
  const give = (path: string): void => (isRoot ? chownSync(path, NOBODY, NOBODY) : undefined)
  give(home)
  const runtime = join(home, 'run')
  await mkdir(runtime, { mode: 0o700 })
  give(runtime)
  const base: Record<string, string> = { HOME: home, PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', TMPDIR: home, XDG_RUNTIME_DIR: runtime }
  const { DISPLAY, XAUTHORITY } = process.env
  if (DISPLAY !== undefined) base.DISPLAY = DISPLAY
  if (XAUTHORITY !== undefined) {
    base.XAUTHORITY = join(home, '.Xauthority')
    await copyFile(XAUTHORITY, base.XAUTHORITY)
    give(base.XAUTHORITY)
  }
  const identity = isRoot ? { uid: NOBODY, gid: NOBODY } : {}
  const start: OrdinaryUser['start'] = (program, args, env = {}) =>
    spawn(program, args, { cwd: home, env: { ...base, ...env }, stdio: ['ignore', 'pipe', 'pipe'], ...identity })

  return {
    home,
    start,
    give,
    run(program, args, env) {
      const child = start(program, args, env)
      let stdout = ''
      let stderr = ''
      child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk))
      child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
      return new Promise((resolve, reject) => {
        child.on('error', reject)
        child.on('close', (code) => resolve({ code, stdout, stderr }))
      })
    },
    remove: () => rm(home, { recursive: true, force: true, maxRetries: 3 }),
  }
}
