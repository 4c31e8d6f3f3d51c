import type { RunEvent } from '../../contract/api'
import type { RunProgress } from '../../contract/entities'

/** What a progress display knows: the newest progress and the newest value of every scalar. */
export interface ProgressState {
  readonly progress: RunProgress | null
  readonly latest: ReadonlyMap<string, number>
}

export const emptyProgress: ProgressState = { progress: null, latest: new Map() }

/** The state after an event of the run. */
export function applyEvent(state: ProgressState, event: RunEvent): ProgressState {
  if (event.type === 'progress') return { ...state, progress: event.progress }
  if (event.type !== 'metrics') return state
  const latest = new Map(state.latest)
  for (const { key, values } of event.series) {
    const value = values.findLast((v) => v !== null)
    if (value !== undefined && value !== null) latest.set(key, value)
  }
  return { ...state, latest }
}
