import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type DesktopApp, launchDesktopApp } from '../support/desktop-app'
import { freshWorkspace } from '../support/places'
import { pidOf, seenStatuses, watchStatuses } from '../support/seen-statuses'
import { writeSmallDemoData } from '../support/small-demo-data'

/** From the death of a process to the page that says so, and to a run that trains again, with the run's page open. */
const TIMES = 5
const PATIENT = { timeout: 120_000 }

let place: Awaited<ReturnType<typeof freshWorkspace>>
let env: Record<string, string>
beforeAll(async () => {
  place = await freshWorkspace()
  env = { FRACBITS_DEMO_DATA: join(place.workspace, 'few-images') }
  await writeSmallDemoData(join(place.workspace, 'few-images'), { train: 640, validation: 100 })
})
afterAll(() => place.remove())

/** Kills a process under the open page of a run; what the page showed since, in milliseconds. */
async function kill(desktop: DesktopApp, victim: 'trainer' | 'engine', shows: RegExp): Promise<Record<string, unknown>> {
  const { page } = desktop
  await page.locator('[data-testid="run-status"][data-status="running"]').waitFor(PATIENT)
  await watchStatuses(page)
  const killedAt = Date.now()
  process.kill(await pidOf(desktop, victim), 'SIGKILL')
  await page.locator('[data-testid="run-status"][data-status="interrupted"]').waitFor(PATIENT)
  const seen = await seenStatuses(page)
  const after = (found: { readonly at: number } | undefined): number => (found?.at ?? Infinity) - killedAt
  return { killed: victim, 'shown after, ms': after(seen.find(({ what }) => shows.test(what))), 'connected and settled after, ms': after(seen.find(({ what }) => what === 'connected interrupted')) }
}

it(`the death of a trainer and of the engine, ${TIMES} times each`, async () => {
  const rows: Record<string, unknown>[] = []
  for (let time = 0; time < TIMES; time++) {
    // An engine that dies again and again is started again later and later: each time is the first of its application.
    const desktop = await launchDesktopApp({ workspace: place.workspace, env })
    await desktop.page.locator('[data-testid="run-demo"]').click()
    rows.push(await kill(desktop, 'trainer', /interrupted$/))
    await desktop.page.getByRole('button', { name: 'Resume' }).first().click()
    rows.push(await kill(desktop, 'engine', /^disconnected/))
    await desktop.close()
  }
  console.table(rows)
  expect(rows).toHaveLength(2 * TIMES)
}, 900_000)
