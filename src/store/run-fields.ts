import { isBetterSmall } from '../contract/metrics'
import type { RunField } from '../contract/run-table'
import type { SqlValue } from './database'

/** An expression over the row `r` of `runs`, with its parameters in order. */
export interface Sql {
  readonly text: string
  readonly params: readonly SqlValue[]
}

interface BuiltIn {
  readonly label: string
  readonly kind: RunField['kind']
  readonly sql: string
}

/** What every run has. Times are milliseconds, durations seconds. */
export const BUILT_IN: Readonly<Record<string, BuiltIn>> = {
  name: { label: 'Name', kind: 'text', sql: 'r.name' },
  id: { label: 'Id', kind: 'text', sql: 'r.id' },
  status: { label: 'Status', kind: 'text', sql: 'r.status' },
  phase: { label: 'Phase', kind: 'text', sql: 'r.phase' },
  model: { label: 'Model', kind: 'text', sql: 'r.model' },
  dataset: { label: 'Data set', kind: 'text', sql: 'r.dataset' },
  step: { label: 'Step', kind: 'number', sql: 'r.step' },
  steps: { label: 'Steps in all', kind: 'number', sql: 'r.total_steps' },
  progress: { label: 'Progress', kind: 'number', sql: 'CASE WHEN r.total_steps > 0 THEN 100.0 * r.step / r.total_steps END' },
  created: { label: 'Created', kind: 'time', sql: 'r.created_at' },
  started: { label: 'Started', kind: 'time', sql: 'r.started_at' },
  ended: { label: 'Ended', kind: 'time', sql: 'r.ended_at' },
  duration: { label: 'Duration s', kind: 'number', sql: '(r.ended_at - r.started_at) / 1000.0' },
  target: { label: 'Target rate', kind: 'number', sql: 'r.target_rate' },
  frozen: { label: 'Frozen at step', kind: 'number', sql: 'r.frozen_step' },
  tag: { label: 'Tags', kind: 'text', sql: "(SELECT group_concat(value, ', ') FROM json_each(r.tags))" },
  notes: { label: 'Notes', kind: 'text', sql: "nullif(r.notes, '')" },
  starred: { label: 'Starred', kind: 'flag', sql: 'r.starred' },
  archived: { label: 'Archived', kind: 'flag', sql: '(r.archived_at IS NOT NULL)' },
  repeats: { label: 'Repeats', kind: 'text', sql: 'r.repeats' },
  'slurm.job': { label: 'Slurm job', kind: 'text', sql: "(r.slurm ->> '$.job.jobId')" },
  'slurm.state': { label: 'Slurm state', kind: 'text', sql: "(r.slurm ->> '$.job.state')" },
  'slurm.node': { label: 'Slurm node', kind: 'text', sql: "(r.slurm ->> '$.job.node')" },
  parent: { label: 'Parent', kind: 'text', sql: 'r.parent' },
}

const SUMMARY = (column: string): string =>
  `(SELECT ${column} FROM metric_summaries AS m WHERE m.series = (SELECT number FROM series WHERE key = ?) AND m.run = r.number)`

function metricColumn(name: string, aspect: string): string | null {
  if (aspect === '') return 'm.last'
  if (aspect === 'min') return 'm.low'
  if (aspect === 'max') return 'm.high'
  if (aspect === 'freeze') return 'm.at_freeze'
  return aspect === 'best' ? (isBetterSmall(name) ? 'm.low' : 'm.high') : null
}

/** The value of a field for the row `r`; null for a name that can't be one. A key that no run has is NULL for every run. */
export function fieldSql(key: string): Sql | null {
  const own = Object.hasOwn(BUILT_IN, key) ? BUILT_IN[key] : undefined
  if (own !== undefined) return { text: own.sql, params: [] }
  if (key.startsWith('config.') || key.startsWith('result.'))
    return {
      text: '(SELECT v.value FROM run_values AS v WHERE v.key = (SELECT number FROM run_keys WHERE key = ?) AND v.run = r.number)',
      params: [key],
    }
  if (!key.includes('/')) return null
  const [name = '', aspect = ''] = key.split(':')
  const column = metricColumn(name, aspect)
  return column === null ? null : { text: SUMMARY(column), params: [name] }
}

/** Whether a field holds text, which is compared without regard to case. */
export const isTimeField = (key: string): boolean => (Object.hasOwn(BUILT_IN, key) ? BUILT_IN[key]?.kind === 'time' : false)
