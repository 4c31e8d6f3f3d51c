import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DesktopApp, launchDesktopApp } from './support/desktop-app'
import { freshWorkspace } from './support/places'
import { startCli } from './support/run-cli'
import { pidOf, seenStatuses, watchStatuses } from './support/seen-statuses'
import { writeSmallDemoData } from './support/small-demo-data'

let place: Awaited<ReturnType<typeof freshWorkspace>>
let env: Record<string, string>

beforeAll(async () => {
  place = await freshWorkspace()
  env = { FRACBITS_DEMO_DATA: join(place.workspace, 'few-images'), FRACBITS_QUIT_WITHOUT_ASKING: '0' }
  await writeSmallDemoData(join(place.workspace, 'few-images'), { train: 640, validation: 100 })
})
afterAll(() => place.remove())

interface Asked {
  question?: Promise<string>
  told?: Promise<{ title: string; body: string }>
  tips?: string[]
}

/** Answers main's questions with this button, and remembers the first. */
const answerWith = (desktop: DesktopApp, response: number, always = false): Promise<void> =>
  desktop.app.evaluate(({ dialog }, { button, checkboxChecked }) => {
    ;(globalThis as Asked).question = new Promise((resolve) => {
      dialog.showMessageBox = (...args: unknown[]) => {
        resolve((args.at(-1) as { message: string }).message)
        return Promise.resolve({ response: button, checkboxChecked })
      }
    })
  }, { button: response, checkboxChecked: always })

const closeWindow = (desktop: DesktopApp): Promise<void> => desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close())

describe('the desktop app', () => {
  it('has a new engine, and a page that is connected to it, soon after its engine died', async () => {
    const desktop = await launchDesktopApp({ workspace: place.workspace, env })
    await desktop.page.locator('[data-testid="run-demo"]').waitFor()
    const before = await pidOf(desktop, 'engine')
    process.kill(before, 'SIGKILL')
    await desktop.page.locator('text=Connected').first().waitFor({ state: 'hidden' })
    await desktop.page.locator('text=Connected').first().waitFor()
    expect(await pidOf(desktop, 'engine')).not.toBe(before)
    await desktop.close()
  })

  it('shows under an open page that a trainer or the engine died, and goes on without being started again', async () => {
    const desktop = await launchDesktopApp({ workspace: place.workspace, env })
    const { page } = desktop
    await page.locator('[data-testid="run-demo"]').click()
    const status = (wanted: string) => page.locator(`[data-testid="run-status"][data-status="${wanted}"]`)
    await status('running').waitFor({ timeout: 120_000 })
    const steps = (beyond: number) => page.waitForFunction((least) => Number(document.querySelector<HTMLElement>('[data-testid="run-phase"]')?.dataset['step']) > least, beyond, { timeout: 120_000 })
    await steps(2)
    const watched = async (): Promise<string[]> => (await seenStatuses(page)).map(({ what }) => what)

    await watchStatuses(page)
    process.kill(await pidOf(desktop, 'trainer'), 'SIGABRT')
    await page.waitForFunction(() => ((globalThis as { seen?: { what: string }[] }).seen ?? []).some(({ what }) => !what.endsWith('running')))
    await status('running').waitFor({ timeout: 120_000 })
    expect((await watched()).every((what) => what.startsWith('connected '))).toBe(true)
    await page.getByPlaceholder('Find in the log').fill('started again')
    await page.getByText(/crashed .*It is started again from its last checkpoint \(try 1 of/).first().waitFor()

    await watchStatuses(page)
    process.kill(await pidOf(desktop, 'engine'), 'SIGKILL')
    await status('interrupted').waitFor({ timeout: 120_000 })
    expect((await watched()).some((what) => what.startsWith('disconnected '))).toBe(true)
    await page.getByRole('button', { name: 'Resume' }).first().click()
    await status('running').waitFor({ timeout: 120_000 })
    await page.locator('[data-testid="stop"]').click()
    await status('stopped').waitFor({ timeout: 120_000 })
    expect(desktop.pageErrors).toEqual([])
    await desktop.close()
  })

  it('asks before it closes in the middle of a run, stays when told so, and leaves a checkpoint behind', async () => {
    const desktop = await launchDesktopApp({ workspace: place.workspace, env })
    await desktop.page.locator('[data-testid="run-demo"]').click()
    await desktop.page.locator('[data-testid="run-status"][data-status="running"]').waitFor({ timeout: 120_000 })
    await answerWith(desktop, 2)
    await closeWindow(desktop)
    expect(await desktop.app.evaluate(() => (globalThis as Asked).question)).toBe('A run is being trained.')
    expect(await desktop.page.evaluate(() => document.title)).toContain('FracBits')

    await answerWith(desktop, 1)
    const exited = new Promise<number | null>((resolve) => desktop.app.process().once('exit', resolve))
    await closeWindow(desktop)
    expect(await exited).toBe(0)
    const shown = await startCli(['list', '--json', '--workspace', place.workspace], env).ended
    expect(JSON.parse(shown.stdout.trim().split('\n')[0] ?? '{}')).toMatchObject({ status: 'interrupted' })
    const id = String((JSON.parse(shown.stdout.trim().split('\n')[0] ?? '{}') as { id: string }).id)
    expect((await startCli(['show', id, '--json', '--workspace', place.workspace], env).ended).stdout).toContain('.safetensors')
  })

  it('keeps training in the background when told so, says there how it went, and is had back', async () => {
    const desktop = await launchDesktopApp({ workspace: place.workspace, env })
    // The system's own messages and tray can't be seen here; what the application asks of them can.
    await desktop.app.evaluate(({ Notification, Tray }) => {
      const seen = globalThis as Asked
      const tips: string[] = []
      seen.tips = tips
      Tray.prototype.setToolTip = (text) => void tips.push(text)
      Notification.isSupported = () => true
      seen.told = new Promise((resolve) => {
        Notification.prototype.show = function (this: Electron.Notification) {
          resolve({ title: this.title, body: this.body })
          this.emit('click', {})
        }
      })
    })
    await desktop.page.locator('[data-testid="run-demo"]').click()
    await desktop.page.locator('[data-testid="run-status"][data-status="running"]').waitFor({ timeout: 120_000 })
    const run = await desktop.page.evaluate(() => location.hash)
    await desktop.page.evaluate(() => (location.hash = '#/machine'))
    await answerWith(desktop, 0, true)
    const shownAgain = desktop.app.evaluate(
      ({ BrowserWindow }) => new Promise<string>((resolve) => BrowserWindow.getAllWindows()[0]?.once('hide', () => BrowserWindow.getAllWindows()[0]?.once('show', () => resolve('shown')))),
    )
    await closeWindow(desktop)
    const told = await desktop.app.evaluate(() => (globalThis as Asked).told)
    expect(told).toEqual({ title: expect.stringMatching(/ is finished$/) as unknown, body: expect.stringMatching(/^Mixed precision \d+\.\d\d % \(FP32 \d+\.\d\d %\), 1\.\d\d times smaller than INT8\.$/) as unknown })
    expect(await shownAgain).toBe('shown')
    await desktop.page.waitForFunction((hash) => location.hash === hash, run)
    const tips = await desktop.app.evaluate(() => (globalThis as Asked).tips ?? [])
    expect(tips.some((text) => /^FracBits Studio\n.+ – \d+ %$/.test(text))).toBe(true)
    const isRemembered = await desktop.app.evaluate(({ Menu }) =>
      Menu.getApplicationMenu()
        ?.items.flatMap(({ submenu }) => submenu?.items ?? [])
        .find(({ label }) => label === 'When the Window Closes')
        ?.submenu?.items.map(({ checked }) => checked),
    )
    expect(isRemembered).toEqual([false, true, false])
    const exited = new Promise<number | null>((resolve) => desktop.app.process().once('exit', resolve))
    await closeWindow(desktop)
    expect(await exited).toBe(0)
  })

  it('listens to the engine no more often after ten reloads', async () => {
    const desktop = await launchDesktopApp({ workspace: place.workspace, env })
    const { page } = desktop
    await page.locator('[data-testid="run-row"] a').first().click()
    await page.locator('[data-testid="run-status"]').waitFor()
    const subscriptions = async (): Promise<number> => {
      await page.evaluate(() => (location.hash = '#/machine'))
      const count = Number(await page.locator('[data-testid="subscriptions"]').innerText())
      await page.goBack()
      await page.locator('[data-testid="run-status"]').waitFor()
      return count
    }
    const before = await subscriptions()
    expect(before).toBeGreaterThan(0)
    for (let turn = 0; turn < 10; turn++) {
      await page.reload()
      await page.locator('[data-testid="run-status"]').waitFor()
    }
    // The engine hears of the last page's end a moment after it; a stream that stayed open would keep this from ending.
    while ((await subscriptions()) !== before);
    await desktop.close()
  })

  it('closes without a question when nothing is being trained', async () => {
    const desktop = await launchDesktopApp({ workspace: place.workspace, env })
    await desktop.page.locator('text=Connected').first().waitFor()
    await answerWith(desktop, 1)
    const exited = new Promise<number | null>((resolve) => desktop.app.process().once('exit', resolve))
    await closeWindow(desktop)
    expect(await exited).toBe(0)
  })
})
