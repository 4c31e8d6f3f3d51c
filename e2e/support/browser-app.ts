import { tmpdir } from 'node:os'
import { type Browser, chromium, type Page } from 'playwright-core'
import { z } from 'zod'
import { chromiumExecutable, sandboxArguments } from './places'
import { startCli } from './run-cli'

const Serving = z.object({ type: z.literal('serving'), url: z.string() })

export interface RunningServe {
  /** The address a person opens, with the token. */
  readonly url: string
  close(): Promise<void>
}

/** Starts `serve` on a workspace and reads the address it prints. */
export async function startServe(options: { workspace: string; env?: Readonly<Record<string, string>> }): Promise<RunningServe> {
  const cli = startCli(['serve', '--json', '--workspace', options.workspace, '--root', tmpdir(), '/usr/share/datasets'], options.env)
  const first = await cli.lines.next()
  if (first.done === true) throw new Error(`serve did not start: ${(await cli.ended).stderr}`)
  const { url } = Serving.parse(JSON.parse(first.value))
  return {
    url,
    async close() {
      cli.child.kill('SIGINT')
      await cli.ended
    },
  }
}

export interface BrowserApp {
  readonly browser: Browser
  readonly page: Page
  readonly pageErrors: readonly string[]
  close(): Promise<void>
}

export const launchChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath: chromiumExecutable(), args: [...sandboxArguments, '--disable-gpu', '--disable-dev-shm-usage'] })

/** Opens an address in Chromium. */
export async function openInChromium(url: string): Promise<BrowserApp> {
  const browser = await launchChromium()
  const page = await browser.newPage({ viewport: { width: 1280, height: 820 } })
  const pageErrors: string[] = []
  page.on('pageerror', (error) => pageErrors.push(error.message))
  page.on('console', (message) => message.type() === 'error' && pageErrors.push(message.text()))
  await page.goto(url)
  return { browser, page, pageErrors, close: () => browser.close() }
}
