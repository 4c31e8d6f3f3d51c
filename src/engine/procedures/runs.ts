import { commandLineOf } from '../command-line'
import { installation } from '../../util/installation'
import { baselinesOf, prepareBaseline } from '../run-baselines'
import { checkpointOf, prepareBranch, prepareRepeats } from '../run-branch'
import { confusionOf } from '../run-confusion'
import { prepareRun } from '../run-creation'
import { setRunImages } from '../run-images'
import { createRunWeights } from '../run-weights'
import { evaluateWidths, prepareFineTuning, whatIfFacts } from '../run-what-if'
import type { Group, ProcedureContext } from './context'

type RunMethods = 'runs.list' | 'runs.get' | 'runs.confusion' | 'runs.create' | 'runs.setImages' | 'runs.pause' | 'runs.resume' | 'runs.branch' | 'runs.repeat' | 'runs.weights' | 'runs.baselines' | 'runs.addBaselines' | 'whatIf.facts' | 'whatIf.evaluate' | 'whatIf.fineTune' | 'runs.stop' | 'runs.events'

export function runProcedures({ runtimes, deps, hub, control, newId, now }: ProcedureContext): Group<RunMethods> {
  const { store } = deps
  const weights = createRunWeights(deps)
  return {
    async 'runs.list'({ limit, before, status }) {
      const found = await store.runs.list({ limit: limit + 1, before, status })
      const runs = found.slice(0, limit).map((run) => control.overlay(run))
      return { runs, next: found.length > limit ? (runs.at(-1)?.id ?? null) : null }
    },
    async 'runs.get'({ runId }) {
      const { workers, ...run } = control.overlay(await store.runs.get(runId))
      return {
        ...run,
        checkpoints: await store.checkpoints.list(runId),
        progress: control.live(runId)?.progress ?? null,
        command: commandLineOf({ ...run, workers }, deps.commandPrefix ?? installation().command),
      }
    },
    'runs.confusion': ({ runId, kind }) => confusionOf(store, runId, kind),
    async 'runs.create'(input) {
      const run = await prepareRun({ ...deps, runtimes, newId, now }, input)
      await control.add(run)
      return { runId: run.id }
    },
    async 'runs.setImages'({ runId, folder }) {
      await setRunImages({ store, hub }, runId, folder)
      return {}
    },
    async 'runs.pause'({ runId }) {
      await control.pause(runId)
      return {}
    },
    async 'runs.resume'({ runId, checkpointId }) {
      if (checkpointId === null) await control.resume(runId)
      else await control.resumeFrom(runId, await checkpointOf(store, runId, checkpointId))
      return {}
    },
    async 'runs.branch'({ runId, checkpointId, name }) {
      const { run, checkpoint } = await prepareBranch({ store, newId, now }, runId, checkpointId, name)
      await control.add(run, async (transaction) => {
        await store.checkpoints.insert(transaction, checkpoint)
        await store.annotations.copyCurves(transaction, runId, run.id, checkpoint.step)
      })
      return { runId: run.id }
    },
    async 'runs.repeat'({ runId, count }) {
      const { runs, group } = await prepareRepeats({ store, newId, now }, runId, count)
      await store.transaction((transaction) => store.annotations.joinRepeats(transaction, runId, group))
      hub.publish({ type: 'annotated', runId, gone: false })
      for (const run of runs) await control.add(run)
      return { runIds: runs.map(({ id }) => id), group }
    },
    'runs.baselines': ({ runId }) => baselinesOf(store, runId),
    async 'runs.addBaselines'({ runId, roles }) {
      const { baselines } = await baselinesOf(store, runId)
      const made = []
      for (const role of roles.filter((one) => !baselines.some((known) => known.role === one))) made.push(await prepareBaseline({ store, newId, now }, runId, role))
      for (const { run, checkpoint } of made)
        await control.add(run, async (transaction) => {
          if (checkpoint === null) return
          await store.checkpoints.insert(transaction, checkpoint)
          await store.annotations.copyCurves(transaction, runId, run.id, checkpoint.step)
        })
      return { runIds: made.map(({ run }) => run.id) }
    },
    'runs.weights': async ({ runId }) => ({ layers: await weights(runId) }),
    'whatIf.facts': ({ runId }) => whatIfFacts(deps, runId),
    'whatIf.evaluate': ({ runId, widths }) => evaluateWidths(deps, runId, widths),
    async 'whatIf.fineTune'({ runId, widths, epochs }) {
      const run = await prepareFineTuning({ store, newId, now }, runId, widths, epochs)
      await control.add(run)
      return { runId: run.id }
    },
    async 'runs.stop'({ runId, mode }) {
      await control.stop(runId, mode)
      return {}
    },
    'runs.events': ({ runId }, { signal, reportDropped }) => hub.subscribe(runId, signal, reportDropped),
  }
}
