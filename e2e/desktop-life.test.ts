import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DesktopApp, launchDesktopApp } from './support/desktop-app'
import { freshWorkspace } from './support/places'
import { startCli } from './support/run-cli'
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
}

/** Answers main's questions with this button, and remembers the first. */
const answerWith = (desktop: DesktopApp, response: number): Promise<void> =>
  desktop.app.evaluate(({ dialog }, button) => {
    ;(globalThis as Asked).question = new Promise((resolve) => {
      dialog.showMessageBox = (...args: unknown[]) => {
        resolve((args.at(-1) as { message: string }).message)
        return Promise.resolve({ response: button, checkboxChecked: false })
      }
    })
  }, response)

const closeWindow = (desktop: DesktopApp): Promise<void> => desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close())

describe('the desktop app', () => {
  it('has a new engine, and a page that is connected to it, soon after its engine died', async () => {
    const desktop = await launchDesktopApp({ workspace: place.workspace, env })
    await desktop.page.locator('[data-testid="run-demo"]').waitFor()
    const enginePid = (): Promise<number> => desktop.app.evaluate(({ app }) => app.getAppMetrics().find(({ name }) => name === 'engine')?.pid ?? 0)
    const before = await enginePid()
    process.kill(before, 'SIGKILL')
    await desktop.page.locator('text=Connected').first().waitFor({ state: 'hidden' })
    await desktop.page.locator('text=Connected').first().waitFor()
    expect([0, before]).not.toContain(await enginePid())
    await desktop.close()
  })

  it('asks before it closes in the middle of a run, stays when told so, and leaves a checkpoint behind', async () => {
    const desktop = await launchDesktopApp({ workspace: place.workspace, env })
    await desktop.page.locator('[data-testid="run-demo"]').click()
    await desktop.page.locator('[data-testid="run-status"][data-status="running"]').waitFor({ timeout: 120_000 })
    await answerWith(desktop, 1)
    await closeWindow(desktop)
    expect(await desktop.app.evaluate(() => (globalThis as Asked).question)).toBe('A run is being trained.')
    expect(await desktop.page.evaluate(() => document.title)).toContain('FracBits')

    await answerWith(desktop, 0)
    const exited = new Promise<number | null>((resolve) => desktop.app.process().once('exit', resolve))
    await closeWindow(desktop)
    expect(await exited).toBe(0)
    const shown = await startCli(['list', '--json', '--workspace', place.workspace], env).ended
    expect(JSON.parse(shown.stdout.trim().split('\n')[0] ?? '{}')).toMatchObject({ status: 'interrupted' })
    const id = String((JSON.parse(shown.stdout.trim().split('\n')[0] ?? '{}') as { id: string }).id)
    expect((await startCli(['show', id, '--json', '--workspace', place.workspace], env).ended).stdout).toContain('.safetensors')
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
