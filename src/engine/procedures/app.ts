import { runDoctor } from '../doctor'
import { noticeOf } from '../notices'
import type { Group, ProcedureContext } from './context'

export function appProcedures({ deps }: ProcedureContext): Group<'app.info' | 'app.doctor'> {
  return {
    'app.info': async () => ({
      version: deps.appVersion,
      workspace: deps.workspace,
      enginePid: process.pid,
      demoData: await deps.demoData(),
      notice: noticeOf(deps.store.restoration),
    }),
    'app.doctor': async () => ({ checks: await runDoctor(deps) }),
  }
}
