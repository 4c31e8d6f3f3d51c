import { shallowRef } from 'vue'
import type { RunEvent } from '../../../src/contract/api'
import type { EngineClient } from '../../../src/contract/engine-client'
import { StudioError, toErrorShape } from '../../../src/contract/errors'
import { useStream } from '../engine/use-stream'
import { useRunListStore } from '../stores/run-list'

const PAGE = 100
const REREAD_AFTER_MS = 200

/** Feeds the store of runs for as long as the app's frame lives. Subscribes first, then queries, then applies what came in between. */
export function useRunListFeed() {
  const store = useRunListStore()
  const error = shallowRef<StudioError | null>(null)
  let early: RunEvent[] | null = null
  let again: ReturnType<typeof setTimeout> | undefined
  let connection: { client: EngineClient; signal: AbortSignal } | null = null

  async function load(client: EngineClient, signal: AbortSignal): Promise<void> {
    early = []
    try {
      const page = await client.call('runs.list', { limit: PAGE }, { signal })
      if (signal.aborted) return
      store.take(page, true)
      error.value = null
    } catch (cause) {
      if (signal.aborted) return
      const shape = toErrorShape(cause)
      if (shape.code !== 'ENGINE_GONE') error.value = new StudioError(shape.code, shape.message)
    }
    const waiting = early
    early = null
    for (const event of waiting) store.apply(event)
  }

  useStream(
    'runs.events',
    { runId: null },
    {
      onOpen(client, signal) {
        connection = { client, signal }
        void load(client, signal)
      },
      onEvent(event) {
        if (early !== null) early.push(event)
        else store.apply(event)
        // Names, archive and bin are no part of the events.
        if (event.type === 'annotated')
          again ??= setTimeout(() => {
            again = undefined
            if (connection !== null) void load(connection.client, connection.signal)
          }, REREAD_AFTER_MS)
      },
    },
  )

  async function loadMore(): Promise<void> {
    if (connection === null || store.next === null) return
    try {
      store.take(await connection.client.call('runs.list', { limit: PAGE, before: store.next }, { signal: connection.signal }), false)
    } catch (cause) {
      const shape = toErrorShape(cause)
      if (shape.code !== 'ENGINE_GONE' && shape.code !== 'CANCELLED') error.value = new StudioError(shape.code, shape.message)
    }
  }

  return { error, loadMore }
}
