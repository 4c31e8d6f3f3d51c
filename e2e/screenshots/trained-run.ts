import { type Browser, chromium } from 'playwright-core'
import { z } from 'zod'
import { startServe } from '../support/browser-app'
import { chromiumExecutable, freshWorkspace, sandboxArguments } from '../support/places'
import { startCli } from '../support/run-cli'

const Summary = z.object({ runId: z.string(), status: z.literal('finished') })

/** A finished run and a browser to look at it. */
export interface TrainedRun {
  readonly browser: Browser
  /** Address of its page. */
  readonly address: string
  close(): Promise<void>
}

/** Trains by a command that prints its run as JSON, and serves the workspace. */
export async function trainedRun(commandIn: (workspace: string) => readonly string[] | Promise<readonly string[]>): Promise<TrainedRun> {
  const place = await freshWorkspace()
  const { code, stdout, stderr } = await startCli([...(await commandIn(place.workspace)), '--json', '--workspace', place.workspace]).ended
  if (code !== 0) throw new Error(`The run failed: ${stderr}`)
  const { runId } = Summary.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''))
  const serving = await startServe({ workspace: place.workspace })
  const browser = await chromium.launch({
    executablePath: chromiumExecutable(),
    args: [...sandboxArguments, '--disable-gpu', '--disable-dev-shm-usage'],
  })
  return {
    browser,
    address: `${serving.url}&/runs/${runId}`,
    async close() {
      await browser.close()
      await serving.close()
      await place.remove()
    },
  }
}
