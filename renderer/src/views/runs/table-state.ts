import { z } from 'zod'
import { RunShelf, RunSort } from '../../../../src/contract/run-table'

/** How the table of runs is arranged: what is kept on this device and in saved views. */
export const TableState = z.object({
  filter: z.string().default(''),
  shelf: RunShelf.default('active'),
  columns: z.array(z.string()).default([]),
  sort: z.array(RunSort).default([]),
  group: z.string().nullable().default(null),
})
export type TableState = z.infer<typeof TableState>

export const DEFAULT_COLUMNS: readonly string[] = [
  'status',
  'progress',
  'result.mixed.top1',
  'result.mixed.rate',
  'result.fp32.top1',
  'val/top1:best',
  'model',
  'dataset',
  'target',
  'tag',
  'created',
]
export const defaultState = (): TableState => TableState.parse({ columns: [...DEFAULT_COLUMNS] })

const PLACE = 'runs-table'

/** The arrangement this device had last; what can't be read is left aside. */
export function readTableState(): TableState {
  try {
    const found = TableState.safeParse(JSON.parse(localStorage.getItem(PLACE) ?? 'null'))
    return found.success && found.data.columns.length > 0 ? { ...found.data, shelf: 'active' } : defaultState()
  } catch {
    return defaultState()
  }
}

export const keepTableState = (state: TableState): void => localStorage.setItem(PLACE, JSON.stringify(state))
