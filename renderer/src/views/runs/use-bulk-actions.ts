import { computed, shallowRef } from 'vue'
import type { AnnotationChange, RunShelf } from '../../../../src/contract/run-table'
import { useCommand } from '../../engine/use-command'
import { formatCount } from '../../format/numbers'

export const countRuns = (count: number): string => (count === 1 ? '1 run' : `${formatCount(count)} runs`)

/** Changes to many runs; what puts runs away can be taken back once. */
export function useBulkActions(done: () => void) {
  const annotate = useCommand('runs.annotate')
  const forget = useCommand('runs.deleteForGood')
  const undo = shallowRef<{ readonly words: string; readonly runIds: string[]; readonly change: AnnotationChange } | null>(null)

  async function change(runIds: readonly string[], what: AnnotationChange): Promise<boolean> {
    const answer = await annotate.run({ runIds: [...runIds], change: what })
    if (answer !== null) done()
    return answer !== null
  }

  /** Moves runs to another shelf and offers to undo it. */
  async function move(runIds: readonly string[], from: RunShelf, to: RunShelf): Promise<void> {
    const flags = (shelf: RunShelf): AnnotationChange => ({ archived: shelf === 'archived', inBin: shelf === 'bin' })
    if (!(await change(runIds, flags(to)))) return
    const words = to === 'archived' ? 'archived' : to === 'bin' ? 'moved to the bin' : 'taken back'
    undo.value = { words: `${countRuns(runIds.length)} ${words}.`, runIds: [...runIds], change: flags(from) }
  }

  async function takeBack(): Promise<void> {
    const last = undo.value
    undo.value = null
    if (last !== null) await change(last.runIds, last.change)
  }

  async function deleteForGood(runIds: readonly string[]): Promise<void> {
    if ((await forget.run({ runIds: [...runIds] })) === null) return
    undo.value = null
    done()
  }

  return {
    change,
    move,
    deleteForGood,
    undo,
    takeBack,
    error: computed(() => annotate.error.value ?? forget.error.value),
    pending: computed(() => annotate.pending.value || forget.pending.value),
  }
}
export type BulkActions = ReturnType<typeof useBulkActions>
