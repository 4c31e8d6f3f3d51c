import type { Group, ProcedureContext } from './context'

/** What a run has recorded. An unknown run is NOT_FOUND, not empty. */
export function recordProcedures({ deps: { store } }: ProcedureContext): Group<'metrics.series' | 'metrics.keys' | 'widths.history' | 'widths.gradients' | 'logs.page'> {
  return {
    async 'metrics.series'({ runId, keys, maxPoints, range }) {
      await store.runs.get(runId)
      return { series: await store.metrics.read(runId, keys, maxPoints, range) }
    },
    async 'metrics.keys'({ runId }) {
      await store.runs.get(runId)
      return { keys: await store.metrics.keys(runId) }
    },
    async 'widths.history'({ runId, maxPoints }) {
      await store.runs.get(runId)
      return store.widths.read(runId, maxPoints)
    },
    async 'widths.gradients'({ runId, step }) {
      await store.runs.get(runId)
      return { gradients: await store.widthGradients.at(runId, step) }
    },
    async 'logs.page'({ runId, after, limit }) {
      await store.runs.get(runId)
      return { entries: await store.logs.page(runId, after, limit) }
    },
  }
}
