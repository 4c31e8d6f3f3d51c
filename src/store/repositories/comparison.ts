import { z } from 'zod'
import type { Comparison } from '../../contract/comparison'
import { QuantizerInfo, RunResult, RunStatus } from '../../contract/entities'
import { RunCell } from '../../contract/run-table'
import type { Reader } from '../database'
import { roundedBits } from './float32-blob'

export interface ComparisonRepository {
  read(runIds: readonly string[]): Promise<Comparison>
}

const json = <S extends z.ZodType>(schema: S) => z.string().transform((text): z.output<S> => schema.parse(JSON.parse(text)))
const RunRow = z.object({
  number: z.int(),
  id: z.string(),
  name: z.string(),
  status: RunStatus,
  model: z.string(),
  dataset: z.string(),
  repeats: z.string().nullable(),
  result: json(RunResult).nullable(),
  frozenStep: z.int().nullable(),
  createdAt: z.int(),
  duration: z.number().nullable(),
  quantizers: json(z.array(QuantizerInfo)),
  bits: z.instanceof(Uint8Array).nullable(),
})
const ValueRow = z.object({ key: z.string(), run: z.int(), value: RunCell })

const CHOSEN = '(SELECT value FROM json_each(?1))'

export function createComparisonRepository(reader: Reader): ComparisonRepository {
  return {
    async read(runIds) {
      const chosen = JSON.stringify(runIds)
      const found = z.array(RunRow).parse(
        await reader.all(
          `SELECT r.number, r.id, r.name, r.status, r.model, r.dataset, r.repeats, r.result, r.frozen_step AS frozenStep, r.created_at AS createdAt,
             (r.ended_at - r.started_at) / 1000.0 AS duration, r.quantizers,
             (SELECT bits FROM widths AS w WHERE w.run = r.number ORDER BY w.step DESC LIMIT 1) AS bits
           FROM json_each(?1) AS one JOIN runs AS r ON r.id = one.value ORDER BY one.key`,
          [chosen],
        ),
      )
      const values = z.array(ValueRow).parse(
        await reader.all(
          `SELECT k.key, v.run, v.value FROM runs AS r JOIN run_values AS v ON v.run = r.number JOIN run_keys AS k ON k.number = v.key
           WHERE r.id IN ${CHOSEN} AND k.key LIKE 'config.%' ORDER BY k.key`,
          [chosen],
        ),
      )
      const series = await reader.all(
        `SELECT DISTINCT s.key FROM runs AS r JOIN metric_summaries AS m ON m.run = r.number JOIN series AS s ON s.number = m.series WHERE r.id IN ${CHOSEN} ORDER BY s.key`,
        [chosen],
      )
      const place = new Map(found.map(({ number }, index) => [number, index]))
      const byKey = new Map<string, RunCell[]>()
      for (const { key, run, value } of values) {
        const row = byKey.get(key) ?? found.map(() => null)
        row[place.get(run) ?? 0] = value
        byKey.set(key, row)
      }
      const layers = new Map<string, Comparison['layers'][number]>()
      found.forEach(({ quantizers, bits, result }, index) => {
        const widths = result !== null && result.widths.length === quantizers.length ? result.widths : bits === null ? [] : roundedBits(bits)
        quantizers.forEach(({ id, layer, kind, elements, kernels }, position) => {
          const row = layers.get(id) ?? { id, layer, kind, elements, bits: found.map(() => null) }
          row.bits[index] = widths[position] ?? null
          if (kernels !== undefined) {
            row.kernels ??= found.map(() => null)
            row.kernels[index] = kernels
          }
          layers.set(id, row)
        })
      })
      return {
        runs: found.map(({ number, quantizers: _quantizers, bits: _bits, ...run }) => ({ ...run, seed: byKey.get('config.seed')?.[place.get(number) ?? 0] ?? null })),
        config: [...byKey].map(([key, row]) => ({ key: key.slice('config.'.length), values: row, differs: new Set(row).size > 1 })),
        layers: [...layers.values()],
        metrics: series.map((row) => String(row['key'])),
      }
    },
  }
}
