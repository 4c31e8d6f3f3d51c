import type { RunDetail } from '../../../src/contract/entities'
import type { RunAnnotations, RunCell, RunField, SavedView } from '../../../src/contract/run-table'
import type { Handlers } from '../../../src/rpc/server-peer'

const FIELDS: readonly RunField[] = [
  { key: 'status', label: 'Status', kind: 'text', group: 'run' },
  { key: 'progress', label: 'Progress %', kind: 'number', group: 'run' },
  { key: 'model', label: 'Model', kind: 'text', group: 'run' },
  { key: 'created', label: 'Created', kind: 'time', group: 'run' },
]

const cellOf = (run: RunDetail, key: string): RunCell =>
  key === 'status' ? run.status : key === 'model' ? run.model : key === 'created' ? run.createdAt : null
export const noAnnotations = (): RunAnnotations => ({
  notes: '',
  tags: [],
  starred: false,
  archived: false,
  inBin: false,
  parent: null,
  repeats: null,
  frozenStep: null,
})

type TableMethods =
  | 'queue.get'
  | 'queue.move'
  | 'queue.pause'
  | 'queue.setAtOnce'
  | 'compare.overview'
  | 'compare.work'
  | 'compare.series'
  | 'runs.branch'
  | 'runs.repeat'
  | 'runs.table'
  | 'runs.ids'
  | 'runs.groups'
  | 'runs.fields'
  | 'runs.values'
  | 'runs.annotations'
  | 'runs.annotate'
  | 'runs.sizes'
  | 'runs.deleteForGood'
  | 'views.list'
  | 'views.save'
  | 'views.remove'
  | 'metrics.keys'

/** The table over scripted runs, newest first; it filters by words in names only. */
export function tableHandlers(runs: () => RunDetail[], record: (name: string, input: unknown) => void): Pick<Handlers, TableMethods> {
  const views: SavedView[] = []
  const chosen = (filter: string, shelf: string): RunDetail[] =>
    shelf === 'active'
      ? runs()
          .filter(({ name }) => name.toLowerCase().includes(filter.toLowerCase()))
          .sort((a, b) => b.createdAt - a.createdAt)
      : []
  return {
    'runs.table': ({ filter, shelf, columns, offset, limit }) => {
      const found = chosen(filter, shelf)
      return {
        total: found.length,
        rows: found
          .slice(offset, offset + limit)
          .map((run) => ({
            id: run.id,
            name: run.name,
            status: run.status,
            starred: false,
            tags: [],
            cells: columns.map((key) => cellOf(run, key)),
          })),
      }
    },
    'runs.ids': ({ filter, shelf }) => ({ runIds: chosen(filter, shelf).map(({ id }) => id) }),
    'runs.groups': () => ({ groups: [] }),
    'runs.fields': () => ({ fields: [...FIELDS] }),
    'runs.values': () => ({ values: [] }),
    'runs.annotations': noAnnotations,
    'runs.annotate': (input) => {
      record('runs.annotate', input)
      return { changed: input.runIds.length }
    },
    'compare.work': () => ({ runs: [] }),
    'compare.overview': () => ({ runs: [], config: [], layers: [], metrics: [] }),
    'compare.series': () => ({ curves: [] }),
    'queue.get': () => ({ paused: false, atOnce: 1, waitsFor: null, running: [], waiting: runs().filter(({ status }) => status === 'queued') }),
    'queue.move': (input) => {
      record('queue.move', input)
      return {}
    },
    'queue.setAtOnce': (input) => {
      record('queue.setAtOnce', input)
      return {}
    },
    'queue.pause': (input) => {
      record('queue.pause', input)
      return {}
    },
    'runs.branch': (input) => {
      record('runs.branch', input)
      return { runId: input.runId }
    },
    'runs.repeat': (input) => {
      record('runs.repeat', input)
      return { runIds: [], group: 'group' }
    },
    'runs.sizes': () => ({ bytes: 1024 }),
    'runs.deleteForGood': (input) => {
      record('runs.deleteForGood', input)
      return { deleted: input.runIds.length }
    },
    'views.list': ({ kind }) => ({ views: views.filter((view) => view.kind === kind) }),
    'views.save': ({ kind, name, state }) => {
      views.push({ id: views.length + 1, kind, name, state, updatedAt: 1 })
      return { id: views.length }
    },
    'views.remove': ({ id }) => {
      views.splice(
        views.findIndex((view) => view.id === id),
        1,
      )
      return {}
    },
    'metrics.keys': () => ({ keys: [] }),
  }
}
