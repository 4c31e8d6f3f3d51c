import { z } from 'zod'
import { QuantizerInfo, RunEnvironment, RunPhase, RunResult, RunStatus, type RunSummary } from '../../contract/entities'
import { SlurmRecord } from '../../contract/slurm'
import { StudioError } from '../../contract/errors'
import type { Reader, Row, SqlValue, Transaction } from '../database'
import { configValuesOfOne, resultValuesOfOne } from '../run-values'
import { noteFreeze } from './metric-buckets'

/** A run as it is stored; the summary plus what only the detail view and a restart need. */
export interface RunRecord extends RunSummary {
  /** Parsed configuration with defaults. */
  readonly config: unknown
  readonly dataDir: string
  readonly folder: string
  readonly workers: number
  readonly quantizers: QuantizerInfo[]
  readonly environment: RunEnvironment | null
  /** For a run on a Slurm cluster: its job, and how far what it wrote is recorded. */
  readonly slurmRecord?: SlurmRecord | null
}

export type NewRun = Omit<RunRecord, 'quantizers' | 'environment' | 'startedAt' | 'endedAt' | 'result' | 'statusReason' | 'slurm'> & {
  /** Id of the configuration it was started with; absent where that is kept nowhere else. */
  readonly configuration?: string | null
  /** Run and step whose checkpoint it begins with. */
  readonly parent?: { readonly runId: string; readonly step: number } | null
  /** Name shared by repeats of one configuration. */
  readonly repeats?: string | null
}

/** What may change after creation. */
export type RunPatch = Partial<
  Pick<RunRecord, 'status' | 'statusReason' | 'phase' | 'step' | 'totalSteps' | 'startedAt' | 'endedAt' | 'result' | 'quantizers' | 'environment' | 'dataDir'> & {
    readonly slurmRecord: SlurmRecord
    /** Step at which bit-widths were frozen. */
    readonly frozenStep: number
  }
>

export interface RunFilter {
  readonly limit: number
  /** Only runs older than this id. */
  readonly before: string | null
  readonly status?: readonly RunStatus[] | undefined
}

const json = <S extends z.ZodType>(schema: S) => z.string().transform((text) => schema.parse(JSON.parse(text)))

const summaryColumns = {
  id: z.string(),
  name: z.string(),
  model: z.string(),
  dataset: z.string(),
  status: RunStatus,
  statusReason: z.string().nullable(),
  phase: RunPhase,
  step: z.int(),
  totalSteps: z.int(),
  createdAt: z.int(),
  startedAt: z.int().nullable(),
  endedAt: z.int().nullable(),
  targetRate: z.number().nullable(),
  result: json(RunResult).nullable(),
  slurm: json(SlurmRecord).nullable(),
}
const SummaryRow = z.object(summaryColumns)
const RecordRow = z.object({
  ...summaryColumns,
  config: json(z.unknown()),
  dataDir: z.string(),
  folder: z.string(),
  workers: z.int(),
  quantizers: json(z.array(QuantizerInfo)),
  environment: json(RunEnvironment).nullable(),
})

const SUMMARY = `id, name, model, dataset, status, status_reason AS statusReason, phase, step, total_steps AS totalSteps,
  created_at AS createdAt, started_at AS startedAt, ended_at AS endedAt, target_rate AS targetRate, result, slurm`

const PATCH_COLUMNS: Readonly<Record<keyof RunPatch, string>> = {
  status: 'status',
  statusReason: 'status_reason',
  phase: 'phase',
  step: 'step',
  totalSteps: 'total_steps',
  startedAt: 'started_at',
  endedAt: 'ended_at',
  result: 'result',
  quantizers: 'quantizers',
  environment: 'environment',
  dataDir: 'data_dir',
  frozenStep: 'frozen_step',
  slurmRecord: 'slurm',
}

const toSql = (value: unknown): SqlValue => (value === null || typeof value === 'string' || typeof value === 'number' ? value : JSON.stringify(value))

const notFound = (id: string): StudioError =>
  new StudioError('NOT_FOUND', `There is no run "${id}" in this workspace. See the list of runs for the ones there are.`)

export interface RunRepository {
  insert(transaction: Transaction, run: NewRun): Promise<void>
  /** Rejects with NOT_FOUND. */
  update(transaction: Transaction, id: string, patch: RunPatch): Promise<void>
  find(id: string): Promise<RunRecord | null>
  /** Rejects with NOT_FOUND. */
  get(id: string): Promise<RunRecord>
  /** Newest first; without archived ones and those in the bin. */
  list(filter: RunFilter): Promise<RunSummary[]>
  /** Runs that began with a checkpoint of this one, or were made beside it, oldest first; without those in the bin. */
  children(id: string): Promise<RunRecord[]>
  /** Ids with one of the statuses, oldest first. */
  idsWithStatus(status: readonly RunStatus[]): Promise<string[]>
}

const recordOf = ({ slurm, ...run }: z.infer<typeof RecordRow>): RunRecord => ({ ...run, slurm: slurm?.job ?? null, slurmRecord: slurm })
const summaryOf = ({ slurm, ...run }: z.infer<typeof SummaryRow>): RunSummary => ({ ...run, slurm: slurm?.job ?? null })

export const runListSql = (filtered: boolean): string =>
  `SELECT ${SUMMARY} FROM runs WHERE id < ?1 AND binned_at IS NULL AND archived_at IS NULL ${filtered ? 'AND status IN (SELECT value FROM json_each(?3))' : ''} ORDER BY id DESC LIMIT ?2`

/** Sorts after every id. */
const LAST_ID = '~'

const RECORD = `SELECT ${SUMMARY}, config, data_dir AS dataDir, folder, workers, quantizers, environment FROM runs`

export function createRunRepository(reader: Reader): RunRepository {
  const find = async (id: string): Promise<RunRecord | null> => {
    const row = await reader.get(`${RECORD} WHERE id = ?`, [id])
    return row === null ? null : recordOf(RecordRow.parse(row))
  }
  return {
    find,
    async insert(transaction, run) {
      await transaction.run(
        `INSERT INTO runs (id, name, model, dataset, status, phase, step, total_steps, created_at, target_rate, config, data_dir, folder, workers, configuration, parent, parent_step, repeats, slurm, quantizers)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '[]')`,
        [
          run.id,
          run.name,
          run.model,
          run.dataset,
          run.status,
          run.phase,
          run.step,
          run.totalSteps,
          run.createdAt,
          run.targetRate,
          JSON.stringify(run.config),
          run.dataDir,
          run.folder,
          run.workers,
          run.configuration ?? null,
          run.parent?.runId ?? null,
          run.parent?.step ?? null,
          run.repeats ?? null,
          run.slurmRecord === null || run.slurmRecord === undefined ? null : JSON.stringify(run.slurmRecord),
        ],
      )
      for (const sql of configValuesOfOne) await transaction.run(sql, [run.id])
    },
    async update(transaction, id, patch) {
      const entries = Object.entries(PATCH_COLUMNS).flatMap(([key, column]) => {
        const value = patch[key as keyof RunPatch]
        return value === undefined ? [] : [{ column, value: toSql(value) }]
      })
      if (entries.length === 0) return
      const { changes } = await transaction.run(`UPDATE runs SET ${entries.map(({ column }) => `${column} = ?`).join(', ')} WHERE id = ?`, [
        ...entries.map(({ value }) => value),
        id,
      ])
      if (changes === 0) throw notFound(id)
      if (patch.result !== undefined && patch.result !== null) for (const sql of resultValuesOfOne) await transaction.run(sql, [id])
      if (patch.frozenStep !== undefined) await noteFreeze(transaction, id)
    },
    async get(id) {
      const run = await find(id)
      if (run === null) throw notFound(id)
      return run
    },
    async list({ limit, before, status }) {
      const params: SqlValue[] = [before ?? LAST_ID, limit]
      if (status !== undefined) params.push(JSON.stringify(status))
      const rows = await reader.all(runListSql(status !== undefined), params)
      return rows.map((row: Row) => summaryOf(SummaryRow.parse(row)))
    },
    async children(id) {
      const rows = await reader.all(`${RECORD} WHERE parent = ? AND binned_at IS NULL ORDER BY id`, [id])
      return rows.map((row: Row) => recordOf(RecordRow.parse(row)))
    },
    async idsWithStatus(status) {
      const rows = await reader.all('SELECT id FROM runs WHERE status IN (SELECT value FROM json_each(?)) ORDER BY id', [JSON.stringify(status)])
      return rows.map((row) => String(row['id']))
    },
  }
}
