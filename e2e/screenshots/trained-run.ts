import type { Browser } from 'playwright-core'
import { z } from 'zod'
import { findDemoData } from '../../src/util/paths'
import { launchChromium, startServe } from '../support/browser-app'
import { runForLastLine } from '../support/last-line'
import { freshWorkspace } from '../support/places'

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
  const { directory } = await findDemoData()
  const { code, last, stderr } = await runForLastLine(place.workspace, directory, await commandIn(place.workspace))
  if (code !== 0) throw new Error(`The run failed: ${stderr}`)
  const { runId } = Summary.parse(last)
  const serving = await startServe({ workspace: place.workspace })
  const browser = await launchChromium()
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
