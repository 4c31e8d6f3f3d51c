import { stat } from 'node:fs/promises'
import type { RunStatus } from '../contract/entities'
import type { Store } from '../store/store'
import type { Logger } from '../util/logger'
import type { EventHub } from './event-hub'

const LOOK_EVERY_MS = 600_000
const ENDED: ReadonlySet<RunStatus> = new Set(['finished', 'failed', 'interrupted', 'stopped'])

/** At the end of a run, and of the engine, a copy may be so young. */
const AT_ENDS_MS = 60_000
/** Closing does not wait for copies of large databases; they are made when the workspace is opened again. */
const MAX_BYTES_AT_CLOSE = 200_000_000

/** Has the store copied every hour, and when a run or the engine has ended. A copy that fails (no room) is tried again later: it must not stop the work it protects. */
export function keepBackups(store: Store, hub: EventHub, logger: Logger): { stop(): Promise<void> } {
  let last: Promise<void> = Promise.resolve()
  const look = (everyMs?: number): void => {
    last = last
      .then(() => store.backUpWhenDue(everyMs))
      .then(
        (done) => done && logger.info('database copied'),
        (error: unknown) => logger.warn('database not copied', { error }),
      )
      .then(() => undefined)
  }
  look()
  const timer = setInterval(() => look(), LOOK_EVERY_MS)
  timer.unref()
  const ends = new AbortController()
  const watch = async (): Promise<void> => {
    for await (const events of hub.subscribe(null, ends.signal, () => undefined))
      if (events.some((event) => event.type === 'status' && ENDED.has(event.status))) look(AT_ENDS_MS)
  }
  void watch()
  return {
    async stop() {
      clearInterval(timer)
      ends.abort()
      await last
      const size = await stat(store.database.file).then(
        (found) => found.size,
        () => Infinity,
      )
      if (size < MAX_BYTES_AT_CLOSE) look(0)
      await last
    },
  }
}
