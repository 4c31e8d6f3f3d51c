import { join } from 'node:path'
import type { Session } from '../context'
import { createProgram } from '../program'

const absent = (): never => {
  throw new Error('this command needs no workspace')
}

/** Calls the command in this process; the session is that of commands which open the workspace. */
export async function callCli(cwd: string, words: readonly string[], session: Session | null = null): Promise<{ out: string; err: string; code: number }> {
  const said = { out: '', err: '', code: -1 }
  const to = (key: 'out' | 'err') => ({ write: (text: string) => (said[key] += text) })
  await createProgram({
    io: { out: to('out'), err: to('err'), cwd, env: {} },
    version: '1',
    self: ['fracbits'],
    openSession: () => (session === null ? absent() : Promise.resolve(session)),
    keepWorkspace: absent,
    createTrainerHost: absent,
    pageDir: cwd,
    configsDir: join(import.meta.dirname, '../../../configs'),
    onInterrupt: () => () => undefined,
    setExitCode: (code) => (said.code = code),
  }).parseAsync(['node', 'fracbits', ...words])
  return said
}
