import type { Page } from 'playwright-core'
import type { DesktopApp } from './desktop-app'

/** What a run's page has shown, with the time of each change. */
export interface Seen {
  readonly at: number
  /** `status` of the run, or `connected`/`disconnected`. */
  readonly what: string
}

interface Watching {
  seen?: Seen[]
}

/** Notes from now on every change of the run's status and of the connection that the page shows. */
export const watchStatuses = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const seen: Seen[] = []
    ;(globalThis as Watching).seen = seen
    let last = ''
    const look = (): void => {
      const status = document.querySelector<HTMLElement>('[data-testid="run-status"]')?.dataset['status']
      const link = document.querySelector<HTMLElement>('[data-testid="connection"]')?.dataset['state']
      const now = `${link ?? ''} ${status ?? ''}`
      if (now === last) return
      last = now
      seen.push({ at: Date.now(), what: now })
    }
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true })
    look()
  })

export const seenStatuses = (page: Page): Promise<readonly Seen[]> => page.evaluate(() => (globalThis as Watching).seen ?? [])

/** Process of the app by the beginning of its name: `engine`, `trainer`. */
export async function pidOf({ app }: DesktopApp, name: string): Promise<number> {
  const pid = await app.evaluate(({ app: electron }, begins) => electron.getAppMetrics().find((one) => one.name?.startsWith(begins) === true)?.pid ?? 0, name)
  if (pid === 0) throw new Error(`there is no process named ${name}`)
  return pid
}
