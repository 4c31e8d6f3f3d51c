import type { Store } from '../store/store'
import type { Logger } from '../util/logger'

const LOOK_EVERY_MS = 600_000

/** Has the store copied whenever a copy is due. A copy that fails (no room) is tried again later: it must not stop the work it protects. */
export function keepBackups(store: Store, logger: Logger): { stop(): Promise<void> } {
  let last: Promise<void> = Promise.resolve()
  const look = (): void => {
    last = last
      .then(() => store.backUpWhenDue())
      .then(
        (done) => done && logger.info('database copied'),
        (error: unknown) => logger.warn('database not copied', { error }),
      )
      .then(() => undefined)
  }
  look()
  const timer = setInterval(look, LOOK_EVERY_MS)
  timer.unref()
  return {
    stop() {
      clearInterval(timer)
      return last
    },
  }
}
