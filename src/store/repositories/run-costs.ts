import { z } from 'zod'
import type { Reader } from '../database'

const CostRow = z.object({
  config: z.string().transform((text): unknown => JSON.parse(text)),
  imagesPerSecond: z.number(),
  residentBytes: z.number().nullable(),
})
/** What a run of a model took on this machine: mean speed, largest memory, and the configuration it ran with. */
export type RunCost = z.infer<typeof CostRow>

const MAX_RUNS = 20

const measured = (aggregate: string, key: string): string =>
  `(SELECT ${aggregate}(value) FROM metrics WHERE run = runs.number AND series = (SELECT number FROM series WHERE key = '${key}') AND value > 0)`

export interface RunCostRepository {
  /** Newest first; runs that never measured their speed are left out. */
  ofModel(model: string): Promise<RunCost[]>
}

export function createRunCostRepository(reader: Reader): RunCostRepository {
  return {
    async ofModel(model) {
      const rows = await reader.all(
        `SELECT config, ${measured('avg', 'system/images_per_second')} AS imagesPerSecond, ${measured('max', 'system/resident_bytes')} AS residentBytes
         FROM runs WHERE model = ? ORDER BY id DESC LIMIT ${String(MAX_RUNS)}`,
        [model],
      )
      return rows.filter((row) => row['imagesPerSecond'] !== null).map((row) => CostRow.parse(row))
    },
  }
}
