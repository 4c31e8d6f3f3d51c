import type { RunStatus } from '../../contract/entities'
import { StudioError } from '../../contract/errors'
import { comparedWork } from '../compared-work'
import { deleteRunFolder, folderBytes } from '../run-folders'
import type { Group, ProcedureContext } from './context'

type Methods =
  | 'runs.table'
  | 'runs.ids'
  | 'runs.groups'
  | 'runs.fields'
  | 'runs.values'
  | 'runs.annotations'
  | 'runs.annotate'
  | 'runs.sizes'
  | 'runs.deleteForGood'
  | 'compare.overview'
  | 'compare.series'
  | 'compare.work'
  | 'views.list'
  | 'views.save'
  | 'views.remove'

const ALIVE: readonly RunStatus[] = ['queued', 'starting', 'running', 'paused', 'stopping']

/** Many runs at once: the table, what people add to runs, and named views. */
export function runTableProcedures({ deps, hub, now }: ProcedureContext): Group<Methods> {
  const { store } = deps

  /** What trains or waits for it must be stopped before it is put away. */
  const refuseAlive = async (runIds: readonly string[]): Promise<void> => {
    const alive = new Set(await store.runs.idsWithStatus(ALIVE))
    const found = runIds.filter((runId) => alive.has(runId))
    const [first] = found
    if (first === undefined) return
    const { name } = await store.runs.get(first)
    throw new StudioError(
      'CONFLICT',
      `${found.length === 1 ? `"${name}" is` : `"${name}" and ${found.length - 1} more are`} queued or in progress. Stop ${found.length === 1 ? 'it' : 'them'} first.`,
    )
  }
  const tell = (runIds: readonly string[], gone: boolean): void => {
    for (const runId of runIds) hub.publish({ type: 'annotated', runId, gone })
  }

  return {
    'runs.table': (query) => store.table.page(query),
    'runs.ids': async (query) => ({ runIds: await store.table.ids(query) }),
    'runs.groups': async (query) => ({ groups: await store.table.groups(query) }),
    'runs.fields': async () => ({ fields: await store.table.fields() }),
    'runs.values': async ({ key, containing, limit }) => ({ values: await store.table.values(key, containing, limit) }),
    'runs.annotations': ({ runId }) => store.annotations.get(runId),
    async 'runs.annotate'({ runIds, change }) {
      if (change.archived === true || change.inBin === true) await refuseAlive(runIds)
      const changed = await store.transaction((transaction) => store.annotations.change(transaction, runIds, change, now()))
      if (changed === 0) throw new StudioError('NOT_FOUND', 'None of these runs is in this workspace any more.')
      tell(runIds, false)
      return { changed }
    },
    async 'runs.sizes'({ runIds }) {
      const folders = await store.annotations.folders(runIds)
      const bytes = await Promise.all(folders.map(({ folder }) => folderBytes(folder)))
      return { bytes: bytes.reduce((sum, one) => sum + one, 0) }
    },
    async 'runs.deleteForGood'({ runIds }) {
      const folders = (await store.annotations.folders(runIds)).filter(({ inBin }) => inBin)
      for (const { id, folder } of folders) await deleteRunFolder(id, folder)
      const deleted = folders.map(({ id }) => id)
      await store.transaction((transaction) => store.annotations.forget(transaction, deleted))
      tell(deleted, true)
      return { deleted: deleted.length }
    },
    'compare.overview': ({ runIds }) => store.comparison.read(runIds),
    'compare.work': async ({ runIds }) => ({ runs: await comparedWork(deps, runIds) }),
    async 'compare.series'({ runIds, keys, maxPoints }) {
      const found = await Promise.all(runIds.map((runId) => store.metrics.read(runId, keys, maxPoints)))
      return { curves: found.flatMap((series, index) => series.map((one) => ({ ...one, runId: runIds[index] ?? '' }))) }
    },
    'views.list': async ({ kind }) => ({ views: await store.views.list(kind) }),
    async 'views.save'({ kind, name, state }) {
      return { id: await store.transaction((transaction) => store.views.save(transaction, { kind, name, state, updatedAt: now() })) }
    },
    async 'views.remove'({ id }) {
      await store.transaction((transaction) => store.views.remove(transaction, id))
      return {}
    },
  }
}
