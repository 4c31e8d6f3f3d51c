import type { Restoration } from '../../store/restoration'
import { runDoctor } from '../doctor'
import type { Group, ProcedureContext } from './context'

function noticeOf(restoration: Restoration | null): string | null {
  if (restoration === null) return null
  const { backup, damagedFile } = restoration
  const taken = new Date(backup.takenAt).toLocaleString()
  return `The database of this workspace was damaged. It was replaced by its copy of ${taken}; what was recorded after that is missing. The damaged file is kept as ${damagedFile}.`
}

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
