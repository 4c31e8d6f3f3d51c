import type { RunSummary } from '../../contract/entities'
import { bundleContents } from '../bundle/bundle-contents'
import { exportBundle } from '../bundle/export-bundle'
import { importBundle } from '../bundle/import-bundle'
import { importLogs } from '../logs/import-logs'
import type { Group, ProcedureContext } from './context'

/** Runs that leave the workspace, and those that come from elsewhere. */
export function bundleProcedures({
  deps,
  hub,
  newId,
  now,
}: ProcedureContext): Group<'runs.bundleContents' | 'runs.exportBundle' | 'runs.importBundle' | 'runs.importLogs'> {
  const { store, workspace, appVersion, describeNetwork } = deps
  /** One import at a time: each clears what another that was killed has left. */
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = turn.then(work, work)
    turn = next.catch(() => undefined)
    return next
  }
  const tell = (run: RunSummary): void => hub.publish({ type: 'created', runId: run.id, run })
  return {
    'runs.bundleContents': ({ file }) => bundleContents(store, file),
    'runs.exportBundle': (wanted) => exportBundle({ store, appVersion, now }, wanted),
    async 'runs.importBundle'({ file }) {
      const { summaries, ...imported } = await inTurn(() => importBundle({ store, workspace, now }, file))
      for (const {
        id,
        name,
        model,
        dataset,
        status,
        statusReason,
        phase,
        step,
        totalSteps,
        createdAt,
        startedAt,
        endedAt,
        targetRate,
        result,
      } of summaries)
        tell({ id, name, model, dataset, status, statusReason, phase, step, totalSteps, createdAt, startedAt, endedAt, targetRate, result })
      return imported
    },
    async 'runs.importLogs'({ folder }) {
      const { run, ...imported } = await importLogs({ store, workspace, appVersion, describeNetwork, newId, now }, folder)
      tell(run)
      return { runId: run.id, name: run.name, ...imported }
    },
  }
}
