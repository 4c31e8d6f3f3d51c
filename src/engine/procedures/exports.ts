import { createRunExports } from '../run-exports'
import { baselinesOf } from '../run-baselines'
import { runReport } from '../report/run-report'
import { installation } from '../../util/installation'
import type { Group, ProcedureContext } from './context'

type ExportMethods = 'exports.create' | 'exports.list' | 'exports.verify' | 'exports.report'

export function exportProcedures({ deps, now }: ProcedureContext): Group<ExportMethods> {
  const { store } = deps
  const files = createRunExports({ store, trainerHost: deps.trainerHost, appVersion: deps.appVersion, now })
  return {
    'exports.create': ({ runId, format, file }) => files.create(runId, format, file),
    async 'exports.list'({ runId }) {
      await store.runs.get(runId)
      return { exports: await store.exports.list(runId) }
    },
    'exports.verify': ({ file, dataDir }) => files.verify(file, dataDir),
    async 'exports.report'({ runId }) {
      const run = await store.runs.get(runId)
      return {
        html: runReport({
          run,
          baselines: await baselinesOf(store, runId),
          exports: await store.exports.list(runId),
          checkpoints: await store.checkpoints.list(runId),
          commandPrefix: deps.commandPrefix ?? installation().command,
          now: now(),
        }),
      }
    },
  }
}
