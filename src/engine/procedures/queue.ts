import type { RunStatus } from '../../contract/entities'
import type { Group, ProcedureContext } from './context'

const IN_PROGRESS: RunStatus[] = ['starting', 'running', 'paused', 'stopping']

/** What waits and in which order. */
export function queueProcedures({ deps: { store }, control }: ProcedureContext): Group<'queue.get' | 'queue.move' | 'queue.pause' | 'queue.setAtOnce'> {
  return {
    async 'queue.get'() {
      const running = (await store.runs.list({ limit: 100, before: null, status: IN_PROGRESS })).map((run) => control.overlay(run))
      // A command that attaches for a moment starts nothing; the order that is kept tells what will.
      const here = control.waiting()
      const order = here.length > 0 ? here : await store.queue.order()
      const queued = new Map((await store.runs.list({ limit: 500, before: null, status: ['queued'] })).map((run) => [run.id, run]))
      return { paused: control.queuePaused, atOnce: control.atOnce, waitsFor: control.waitsFor, running, waiting: order.flatMap((runId) => queued.get(runId) ?? []) }
    },
    async 'queue.move'({ runId, place }) {
      await control.moveInQueue(runId, place)
      return {}
    },
    async 'queue.setAtOnce'({ atOnce }) {
      await control.setAtOnce(atOnce)
      return {}
    },
    async 'queue.pause'({ paused }) {
      await control.pauseQueue(paused)
      return {}
    },
  }
}
