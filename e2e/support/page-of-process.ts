import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { type Browser, chromium, type Page } from 'playwright-core'

/** Page of a packaged application that was started with `--remote-debugging-port=0`: its fuses close the ways by which a development build is driven. */
export async function pageOfProcess(child: ChildProcess): Promise<{ readonly browser: Browser; readonly page: Page }> {
  if (child.stderr === null) throw new Error('the application has no stderr')
  let address: string | undefined
  for await (const line of createInterface({ input: child.stderr })) {
    address = /DevTools listening on (ws:\S+)/.exec(line)?.[1]
    if (address !== undefined) break
  }
  if (address === undefined) throw new Error('the application ended before it could be driven')
  // The rest of what it says is not read, and must not stop it.
  child.stderr.resume()
  const browser = await chromium.connectOverCDP(address)
  const [context] = browser.contexts()
  if (context === undefined) throw new Error('the application has no window')
  const page = context.pages()[0] ?? (await context.waitForEvent('page'))
  return { browser, page }
}
