import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accessibilityViolations } from './support/accessibility'
import { openInChromium, startServe } from './support/browser-app'
import { type DesktopApp, launchDesktopApp } from './support/desktop-app'
import { picture } from './support/pictures'
import { freshWorkspace } from './support/places'

const by = (page: Page, id: string) => page.locator(`[data-testid="${id}"]`)
const textOf = (page: Page): Promise<string> =>
  page
    .locator('[data-testid="config-text"] .cm-line')
    .allInnerTexts()
    .then((lines) => lines.join('\n'))

interface WithStudio {
  studio?: { zoom(step: 'in' | 'out' | 'reset'): Promise<void> }
}

let place: Awaited<ReturnType<typeof freshWorkspace>>
beforeAll(async () => {
  place = await freshWorkspace()
})
afterAll(() => place.remove())

/** The page listens (the word itself is hidden where the rail is narrow). */
const connected = (page: Page): Promise<void> => page.locator('[data-testid="connection"]:text-is("Connected")').waitFor({ state: 'attached' })

/** The app once its page listens. */
async function launch(): Promise<DesktopApp> {
  const desktop = await launchDesktopApp({ workspace: place.workspace, env: { FRACBITS_DEMO_DATA: '/nowhere' } })
  await connected(desktop.page)
  return desktop
}

describe('configurations in the desktop app', () => {
  it('are duplicated, edited as form and text in step, and keep unsaved edits over a closed window', async () => {
    const first = await launch()
    const { page } = first
    await page.keyboard.press('Control+k')
    await by(page, 'palette-input').fill('configurations')
    await page.keyboard.press('Enter')
    await by(page, 'config-row').first().locator('[data-testid="duplicate-row"]').click()

    // 1. The form changes the text, and leaves the comments.
    await by(page, 'field-epochs').locator('input').fill('7')
    await page.locator('.cm-line', { hasText: '"epochs": 7' }).waitFor()
    expect(await textOf(page)).toContain('// Title: Demo')
    await by(page, 'save').click()
    await page.locator('[data-testid="save-state"]:text-is("Saved")').waitFor()
    await by(page, 'preview-bitops').waitFor()
    // Every layer of this network is quantized, weight and input, and starts at 8 bits.
    const [macs, bitOperations] = await Promise.all(['preview-macs', 'preview-bitops'].map(async (id) => Number(await by(page, id).getAttribute('data-value'))))
    expect(macs).toBeGreaterThan(1e5)
    expect(bitOperations).toBe(64 * (macs ?? 0))
    await picture(page, 'preview')

    // 2. The text changes the form; a faulty one is marked at its place and destroys nothing.
    await page.locator('.cm-line', { hasText: '"batch_size": 128' }).click()
    await page.keyboard.press('End')
    await page.keyboard.press('Backspace')
    await by(page, 'form-locked').waitFor()
    expect(await by(page, 'config-issue').first().innerText()).toContain('Line 12')
    expect(await by(page, 'field-epochs').locator('input').inputValue()).toBe('7')
    await page.keyboard.type(',')
    await by(page, 'form-locked').waitFor({ state: 'hidden' })
    await page.keyboard.press('Control+z')
    await page.keyboard.press('Control+Shift+Z')

    // 3. A hint is settled with one click.
    await by(page, 'field-compression.freeze_epoch').locator('input').fill('9')
    await by(page, 'advice-count').click()
    await by(page, 'remedy').first().click()
    await page.locator('.cm-line', { hasText: '"freeze_epoch": 6' }).waitFor()

    // So is the schedule picked by its name, with the epochs that come of it.
    await by(page, 'field-compression.freeze_epoch').locator('input').fill('2')
    await by(page, 'width-schedule').locator('select').selectOption('80/20')
    await page.locator('.cm-line', { hasText: '"freeze_epoch": 6' }).waitFor()
    expect(await by(page, 'width-schedule').innerText()).toContain('Widths are learned for 6 epochs (0 to 5), then frozen: 1 epoch in integers (epoch 6).')
    const edited = await textOf(page)
    await first.close()
    expect(first.pageErrors).toEqual([])

    // 4. The next window has the unsaved text, and the history leads back.
    const second = await launch()
    await second.page.keyboard.press('Control+2')
    const row = by(second.page, 'config-row').filter({ hasText: 'unsaved edits' })
    await row.locator('a').first().click()
    await second.page.locator('.cm-line', { hasText: '"freeze_epoch": 6' }).waitFor()
    expect(await textOf(second.page)).toBe(edited)
    await second.page.keyboard.press('Control+s')
    await second.page.locator('[data-testid="save-state"]:text-is("Saved")').waitFor()
    await by(second.page, 'tab-history').click()
    await by(second.page, 'version').last().click()
    await by(second.page, 'restore-version').click()
    await second.page.locator('.cm-line', { hasText: '"epochs": 3' }).waitFor()
    await by(second.page, 'toast-action').click()
    await second.page.locator('.cm-line', { hasText: '"epochs": 7' }).waitFor()
    await second.close()
    expect(second.pageErrors).toEqual([])
  })

  it('keep the zoom and never leave its bounds', async () => {
    const first = await launch()
    const factor = (desktop: DesktopApp): Promise<number> =>
      desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.getZoomFactor() ?? 0)
    await first.page.evaluate(async () => {
      for (let step = 0; step < 12; step++) await (globalThis as WithStudio).studio?.zoom('in')
    })
    expect(await factor(first)).toBeCloseTo(2)
    await first.page.evaluate(() => (globalThis as WithStudio).studio?.zoom('out'))
    await first.close()
    const second = await launch()
    await second.page.waitForFunction(() => window.devicePixelRatio > 1.7)
    expect(await factor(second)).toBeCloseTo(1.75)
    await second.page.evaluate(() => (globalThis as WithStudio).studio?.zoom('reset'))
    await second.close()
  })
})

describe('configurations in a browser', () => {
  it('import, completion, comparison, removal with undo, and no accessibility violation in either theme', async () => {
    const serving = await startServe({ workspace: place.workspace, env: { FRACBITS_DEMO_DATA: '/nowhere' } })
    const browser = await openInChromium(serving.url)
    const { page } = browser
    await connected(page)
    const violations: string[] = []
    const inspect = async (screen: string): Promise<void> => {
      for (const scheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
        const found = await accessibilityViolations(page)
        violations.push(...found.map((text) => `${screen}, ${scheme}: ${text}`))
      }
    }
    const go = (hash: string): Promise<string> => page.evaluate((to) => (location.hash = to), hash)

    await go('#/configurations')
    await by(page, 'config-row').first().waitFor()
    await inspect('list')
    await by(page, 'import-config').click()
    await by(page, 'import-text').fill('{ "model": "resnet18", "zebra": 1, "input_info": { "sample_size": [1, 3, 224, 224] }, "rank": 0 }')
    expect(await by(page, 'import-report').innerText()).toContain('rank')
    await inspect('import')
    await by(page, 'import-clean').click()
    await by(page, 'import-done').click()
    await by(page, 'layer-row').first().waitFor()
    await inspect('editor')
    await by(page, 'tab-advice').click()
    await inspect('advice')

    await page.locator('.cm-line', { hasText: '"rank"' }).click()
    await page.keyboard.press('End')
    await page.keyboard.type(', "batch_s')
    await page.locator('.cm-tooltip-autocomplete li', { hasText: 'batch_size_val' }).waitFor()
    await page.locator('.cm-tooltip-autocomplete li[aria-selected]').click()
    await page.locator('.cm-line', { hasText: '"batch_size": 10' }).waitFor()

    await go('#/configurations/compare')
    await by(page, 'difference').first().waitFor()
    await inspect('compare')
    await by(page, 'tab-text').click()
    await page.locator('.cm-mergeView .cm-line').first().waitFor()
    await inspect('compare texts')

    await go('#/configurations')
    const imported = by(page, 'config-row').filter({ hasText: 'Imported configuration' })
    await imported.locator('[data-testid="remove-row"]').click()
    await imported.waitFor({ state: 'detached' })
    await by(page, 'toast-action').click()
    await imported.waitFor()
    for (const [screen, hash, ready] of [
      ['runs', '#/', 'welcome'],
      ['new run', '#/new', 'json-editor'],
      ['machine', '#/machine', 'doctor-check'],
    ] as const) {
      await go(hash)
      // Checking the machine loads TensorFlow.
      await by(page, ready).first().waitFor({ timeout: 120_000 })
      await inspect(screen)
    }
    await page.keyboard.press('Control+k')
    await by(page, 'palette-input').waitFor()
    await inspect('palette')
    expect(violations).toEqual([])
    expect(browser.pageErrors).toEqual([])
    await browser.close()
    await serving.close()
  })
})
