import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { RunField, RunTableRow } from '../../../src/contract/run-table'

/** What the table of runs showed last: whoever comes back sees it at once, until the engine has answered anew. */
export const useRunTableStore = defineStore('run-table', () => {
  /** The first rows, and the question that they answer. */
  const answer = shallowRef<{ readonly question: string; readonly total: number; readonly rows: readonly RunTableRow[] } | null>(null)
  const fields = shallowRef<readonly RunField[]>([])
  return { answer, fields }
})
