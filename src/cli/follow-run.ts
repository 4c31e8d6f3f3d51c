import type { RunEvent } from '../contract/api'
import type { EngineClient } from '../contract/engine-client'
import type { RunDetail, RunStatus } from '../contract/entities'
import { StudioError } from '../contract/errors'

const AT_REST: readonly RunStatus[] = ['stopped', 'interrupted', 'failed', 'finished']
export const isAtRest = (status: RunStatus): boolean => AT_REST.includes(status)

/** Hands over a run's events until it has come to rest, and gives its last state. Rejects with ENGINE_GONE when the engine goes first. */
export async function followRun(client: EngineClient, runId: string, onEvent: (event: RunEvent) => void): Promise<RunDetail> {
  const stop = new AbortController()
  const events = client.open('runs.events', { runId }, { signal: stop.signal })[Symbol.asyncIterator]()
  try {
    // Subscribed before asking: whatever happens in between is in the answer or among the events.
    let next = events.next()
    next.catch(() => undefined)
    const first = await client.call('runs.get', { runId })
    if (isAtRest(first.status)) return first
    onEvent({ type: 'status', runId, status: first.status, reason: first.statusReason })
    if (first.progress !== null) onEvent({ type: 'progress', runId, progress: first.progress })
    for (;;) {
      const { done, value } = await next
      if (done === true) throw new StudioError('ENGINE_GONE', 'The engine has ended the connection.')
      next = events.next()
      next.catch(() => undefined)
      onEvent(value)
      if (value.type === 'status' && isAtRest(value.status)) return await client.call('runs.get', { runId })
    }
  } finally {
    stop.abort()
  }
}
