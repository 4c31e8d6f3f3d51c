import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchDesktopApp } from './support/desktop-app'
import { openInChromium, startServe } from './support/browser-app'
import { picture } from './support/pictures'
import { freshWorkspace } from './support/places'
import { startCli } from './support/run-cli'
import { violations } from './support/violations'
import { writeImageFolder } from '../src/data/testing/write-image-folder'

const by = (page: Page, id: string) => page.locator(`[data-testid="${id}"]`)

let place: Awaited<ReturnType<typeof freshWorkspace>>
let folder: string
beforeAll(async () => {
  place = await freshWorkspace()
  folder = join(place.workspace, 'insects 🐝')
  await writeImageFolder(folder, { classNames: ['ant', 'bee', 'wasp'], train: 20, validation: 6, width: 48, height: 36 })
  await copyFile(join(folder, 'train/ant/0.jpg'), join(folder, 'val/ant/again.jpg'))
  await writeFile(join(folder, 'train/bee/zero.jpg'), '')
})
afterAll(() => place.remove())

describe('data sets', () => {
  it('are added, browsed, looked into, examined and cleaned up in the desktop app', async () => {
    const { page, close, pageErrors } = await launchDesktopApp({ workspace: place.workspace })
    await page.getByRole('link', { name: 'Data sets' }).click()
    await by(page, 'dataset-folder').fill(folder)
    await by(page, 'dataset-add').click()
    await by(page, 'index-again').waitFor({ timeout: 60_000 })
    expect(await by(page, 'dataset-facts').innerText()).toContain('80 images (61 training, 19 validation)')
    await page.waitForFunction(() => [...document.querySelectorAll<HTMLImageElement>('[data-testid="image-cell"] img')].filter(({ naturalWidth }) => naturalWidth > 0).length > 10)
    await picture(page, 'grid')
    expect(await violations(page)).toEqual([])

    await by(page, 'class-bar').nth(1).click()
    await page.waitForFunction(() => document.querySelector('[data-testid="image-grid"]')?.getAttribute('data-total') === '27')
    await by(page, 'image-search').fill('.png')
    await page.waitForFunction(() => document.querySelector('[data-testid="image-grid"]')?.getAttribute('data-total') === '13')
    await by(page, 'image-grid').focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Enter')
    await by(page, 'whole-image').waitFor()
    await page.waitForFunction(() => document.querySelectorAll('[data-testid="draws"] img').length === 8)
    const [viewer, shown] = await page.evaluate(() =>
      ['[aria-label="Picture"]', '[data-testid="whole-image"]'].map((selector) => document.querySelector(selector)?.getBoundingClientRect().height ?? 0),
    )
    expect(shown).toBeLessThanOrEqual(viewer ?? 0)
    await by(page, 'zoom-in').click()
    await picture(page, 'detail')
    expect(await violations(page)).toEqual([])
    await page.keyboard.press('Escape')
    await by(page, 'image-grid').waitFor()

    await by(page, 'tab-doctor').click()
    await by(page, 'finding').first().waitFor()
    const kinds = await by(page, 'finding').evaluateAll((items) => items.map((item) => item.getAttribute('data-finding')))
    expect(kinds).toContain('unreadable')
    expect(kinds).toContain('leak')
    await picture(page, 'doctor')
    expect(await violations(page)).toEqual([])
    await page.locator('[data-finding="unreadable"] [data-testid="exclude-finding"]').click()
    await page.locator('[data-finding="unreadable"] [data-testid="restore-finding"]').waitFor()
    await page.locator('[data-finding="leak"] [data-testid="show-finding"]').click()
    await page.waitForFunction(() => document.querySelector('[data-testid="image-grid"]')?.getAttribute('data-total') === '2')
    await page.getByRole('link', { name: 'Data sets' }).first().click()
    await by(page, 'dataset-row').waitFor()
    await picture(page, 'list')
    expect(await violations(page)).toEqual([])
    expect(pageErrors).toEqual([])
    await close()
  })

  it('are the same in a browser and in the terminal', async () => {
    const listed = await startCli(['data', 'list', '--json', '--workspace', place.workspace]).ended
    expect(JSON.parse(listed.stdout)).toMatchObject({ type: 'dataset', status: 'ready', images: 80, excluded: 1, troubled: 1 })
    const doctor = await startCli(['data', 'doctor', 'insects', '--workspace', place.workspace]).ended
    expect({ code: doctor.code, leak: doctor.stdout.includes('val/ant/again.jpg') }).toEqual({ code: 1, leak: true })
    const serving = await startServe({ workspace: place.workspace })
    const browser = await openInChromium(serving.url)
    await browser.page.getByRole('link', { name: 'Data sets' }).click()
    await by(browser.page, 'dataset-row').click()
    await browser.page.waitForFunction(() => [...document.querySelectorAll<HTMLImageElement>('[data-testid="image-cell"] img')].filter(({ naturalWidth }) => naturalWidth > 0).length > 10)
    expect(browser.pageErrors).toEqual([])
    await browser.close()
    await serving.close()
  })
})
