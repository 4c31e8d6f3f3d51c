import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { RunEvent } from '../../../src/contract/api'
import type { RunProgress, RunSummary } from '../../../src/contract/entities'
import { isAlive } from '../format/run-words'

/** The runs that rail and home page show, newest first, kept up to date by the engine's events (see `useRunList`). */
export const useRunListStore = defineStore('run-list', () => {
  const runs = shallowRef<readonly RunSummary[]>([])
  const progress = shallowRef<ReadonlyMap<string, RunProgress>>(new Map())
  const next = shallowRef<string | null>(null)
  const loaded = shallowRef(false)
  /** Counts events, for views that read again when something has happened. */
  const revision = shallowRef(0)
  const alive = computed(() => runs.value.filter((run) => isAlive(run.status)))

  function update(runId: string, change: (run: RunSummary) => RunSummary): void {
    runs.value = runs.value.map((run) => (run.id === runId ? change(run) : run))
  }

  function apply(event: RunEvent): void {
    revision.value += 1
    if (event.type === 'created') runs.value = [event.run, ...runs.value.filter((run) => run.id !== event.runId)]
    else if (event.type === 'status') update(event.runId, (run) => ({ ...run, status: event.status, statusReason: event.reason }))
    else if (event.type === 'job') update(event.runId, (run) => ({ ...run, slurm: event.job }))
    else if (event.type === 'started') update(event.runId, (run) => ({ ...run, totalSteps: event.totalSteps }))
    else if (event.type === 'result') update(event.runId, (run) => ({ ...run, result: event.result }))
    else if (event.type === 'progress') {
      progress.value = new Map(progress.value).set(event.runId, event.progress)
      update(event.runId, (run) => ({ ...run, phase: event.progress.phase, step: event.progress.step, totalSteps: event.progress.totalSteps }))
    }
  }

  /** Puts a page of older runs behind (or, with `fresh`, in place of) the ones that are known. */
  function take(page: { runs: readonly RunSummary[]; next: string | null }, fresh: boolean): void {
    const known = new Set(page.runs.map((run) => run.id))
    runs.value = fresh ? page.runs : [...runs.value.filter((run) => !known.has(run.id)), ...page.runs]
    next.value = page.next
    loaded.value = true
    revision.value += 1
  }

  return { runs, progress, next, loaded, revision, alive, apply, take }
})
