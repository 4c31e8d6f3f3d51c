import { computed, onScopeDispose, reactive, ref, shallowRef, watch } from 'vue'
import { StudioError, toErrorShape } from '../../../../src/contract/errors'
import { parseRunFilter } from '../../../../src/contract/run-filter/parse'
import type { RunTableRow } from '../../../../src/contract/run-table'
import { useEngine } from '../../engine/use-engine'
import { useRunListStore } from '../../stores/run-list'
import { useRunTableStore } from '../../stores/run-table'
import { keepTableState, readTableState, type TableState } from './table-state'

const PAGE = 100
const REFRESH_EVERY_MS = 1000

/**
 * The table of runs as it is arranged now. Rows come in pages as they are scrolled to; while runs report something, the pages on
 * screen are read again at most once a second.
 */
export function useRunTable() {
  const session = useEngine()
  const store = useRunListStore()
  const state = reactive<TableState>(readTableState())
  const last = useRunTableStore()
  const total = ref<number | null>(null)
  const pages = shallowRef<ReadonlyMap<number, readonly RunTableRow[]>>(new Map())
  const error = shallowRef<StudioError | null>(null)
  /** Milliseconds from a change of the question to its answer. */
  const answeredIn = ref<number | null>(null)
  let shown = { first: 0, last: 0 }
  let abort: AbortController | null = null
  let refreshTimer: ReturnType<typeof setTimeout> | undefined
  const under = new Set<number>()

  const filterProblem = computed(() => {
    try {
      parseRunFilter(state.filter)
      return null
    } catch (cause) {
      return toErrorShape(cause).message
    }
  })

  const question = (page: number) => ({
    filter: state.filter,
    shelf: state.shelf,
    columns: [...state.columns],
    sort: state.sort.map((one) => ({ ...one })),
    offset: page * PAGE,
    limit: PAGE,
  })
  const firstQuestion = (): string => JSON.stringify(question(0))

  /** Reads the pages on screen; with `fresh`, the others are forgotten. */
  async function read(wanted: readonly number[], fresh: boolean): Promise<void> {
    if (session.client.value === null || filterProblem.value !== null) return
    if (fresh) abort?.abort()
    const mine = fresh || abort === null ? new AbortController() : abort
    abort = mine
    const began = performance.now()
    const first = firstQuestion()
    for (const page of wanted) under.add(page)
    try {
      const answers = await Promise.all(wanted.map((page) => session.call('runs.table', question(page), { signal: mine.signal })))
      if (mine.signal.aborted) return
      const next = new Map(fresh ? [] : pages.value)
      wanted.forEach((page, index) => next.set(page, answers[index]?.rows ?? []))
      pages.value = next
      total.value = answers[0]?.total ?? total.value
      const rows = wanted.includes(0) ? next.get(0) : undefined
      if (rows !== undefined && total.value !== null) last.answer = { question: first, total: total.value, rows }
      error.value = null
      if (fresh) answeredIn.value = performance.now() - began
    } catch (cause) {
      if (mine.signal.aborted) return
      const shape = toErrorShape(cause)
      if (shape.code !== 'ENGINE_GONE' && shape.code !== 'CANCELLED') error.value = new StudioError(shape.code, shape.message)
    } finally {
      for (const page of wanted) under.delete(page)
    }
  }

  if (last.answer?.question === firstQuestion()) {
    total.value = last.answer.total
    pages.value = new Map([[0, last.answer.rows]])
  }

  const pagesOnScreen = (): number[] => {
    const [first, last] = [Math.floor(shown.first / PAGE), Math.floor(Math.max(shown.first, shown.last) / PAGE)]
    return Array.from({ length: last - first + 1 }, (_, index) => first + index)
  }
  const refresh = (): Promise<void> => read(pagesOnScreen(), true)

  /** Tells which rows are on screen. */
  function show(first: number, last: number): void {
    shown = { first, last }
    const missing = pagesOnScreen().filter((page) => !pages.value.has(page) && !under.has(page))
    if (missing.length > 0 && total.value !== null) void read(missing, false)
  }

  function rowAt(index: number): RunTableRow | null {
    return pages.value.get(Math.floor(index / PAGE))?.[index % PAGE] ?? null
  }

  watch([session.client, () => JSON.stringify([state.shelf, state.columns, state.sort])], () => void refresh(), { immediate: true })
  watch(
    () => state.filter,
    () => {
      shown = { first: 0, last: 0 }
      void refresh()
    },
  )
  watch(state, () => keepTableState(state), { deep: true })
  watch(
    () => store.revision,
    () => {
      refreshTimer ??= setTimeout(() => {
        refreshTimer = undefined
        void refresh()
      }, REFRESH_EVERY_MS)
    },
  )
  onScopeDispose(() => {
    abort?.abort()
    clearTimeout(refreshTimer)
  })

  return { state, total, pages, error, filterProblem, answeredIn, show, rowAt, refresh }
}
export type RunTableModel = ReturnType<typeof useRunTable>
