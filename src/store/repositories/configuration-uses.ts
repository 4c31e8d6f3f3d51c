import { z } from 'zod'
import type { ConfigUse } from '../../contract/configurations'
import { RunResult, RunStatus } from '../../contract/entities'
import type { Reader, Row } from '../database'

/** Older uses of a configuration are counted by nobody. */
const MAX_USES = 2_000

const UseRow = z.object({
  configuration: z.string(),
  runId: z.string(),
  name: z.string(),
  status: RunStatus,
  createdAt: z.int(),
  result: z
    .string()
    .transform((text) => RunResult.parse(JSON.parse(text)))
    .nullable(),
})

function useOf(row: Row): { configuration: string; use: ConfigUse } {
  const { configuration, result, ...run } = UseRow.parse(row)
  const mixed = result?.rows.find(({ kind }) => kind === 'mixed')
  return { configuration, use: { ...run, top1: mixed?.top1 ?? null, rate: mixed?.rate ?? null } }
}

/** What runs were started with: configurations by their id in the contract. */
export interface ConfigurationUseRepository {
  /** Runs by configuration, newest first. */
  all(): Promise<Map<string, ConfigUse[]>>
  of(configuration: string): Promise<ConfigUse[]>
}

const COLUMNS = 'configuration, id AS runId, name, status, created_at AS createdAt, result'
export const configurationUsesSql = `SELECT ${COLUMNS} FROM runs WHERE configuration = ? ORDER BY id DESC LIMIT ${String(MAX_USES)}`

export function createConfigurationUseRepository(reader: Reader): ConfigurationUseRepository {
  return {
    async all() {
      const uses = new Map<string, ConfigUse[]>()
      const rows = await reader.all(`SELECT ${COLUMNS} FROM runs WHERE configuration IS NOT NULL ORDER BY id DESC LIMIT ${String(MAX_USES)}`)
      for (const { configuration, use } of rows.map(useOf)) uses.set(configuration, [...(uses.get(configuration) ?? []), use])
      return uses
    },
    async of(configuration) {
      return (await reader.all(configurationUsesSql, [configuration])).map((row) => useOf(row).use)
    },
  }
}
