import type { DatasetControl } from '../datasets/dataset-control'
import { runDoctor, slurmOffer } from '../doctor'
import { noticeOf } from '../notices'
import type { Group, ProcedureContext } from './context'

export function appProcedures({ deps, hub, runtimes }: ProcedureContext, datasets: DatasetControl): Group<'app.info' | 'app.doctor' | 'app.slurm'> {
  return {
    'app.info': async () => ({
      version: deps.appVersion,
      workspace: deps.workspace,
      enginePid: process.pid,
      subscriptions: hub.readers + datasets.feed.readers + runtimes.feed.readers,
      demoData: await deps.demoData(),
      notice: noticeOf(deps.store.restoration),
    }),
    'app.slurm': () => slurmOffer(deps),
    'app.doctor': async () => ({ checks: await runDoctor({ ...deps, runtimes }) }),
  }
}
