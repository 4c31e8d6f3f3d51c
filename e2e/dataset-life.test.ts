import { copyFile, link, mkdir, readdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type DesktopApp, launchDesktopApp } from './support/desktop-app'
import { freshWorkspace } from './support/places'
import { tarBytes } from '../src/data/testing/tar-bytes'
import { writeImageFolder } from '../src/data/testing/write-image-folder'
import { writePhotos } from '../src/data/testing/write-photos'

/** So many that reading them takes seconds: a person can cancel in between. */
const MANY = 600

const by = (page: Page, id: string) => page.locator(`[data-testid="${id}"]`)
const countIs = (page: Page, count: number) =>
  page.waitForFunction((wanted) => document.querySelector('[data-testid="image-grid"]')?.getAttribute('data-total') === wanted, String(count))

let place: Awaited<ReturnType<typeof freshWorkspace>>
let desktop: DesktopApp
beforeAll(async () => (place = await freshWorkspace()))
afterAll(() => place.remove())
beforeEach(async () => {
  desktop = await launchDesktopApp({ workspace: place.workspace })
  await desktop.page.getByRole('link', { name: 'Data sets' }).click()
  await desktop.page.locator('[data-testid="dataset-table"], :text("No data sets yet")').waitFor()
})
afterEach(async () => {
  await desktop.close()
  expect(desktop.pageErrors).toEqual([])
})

/** Drops something from the system's file manager: Chromium gives the page files with a path, as the desktop does. */
async function drop(page: Page, path: string, at: { x: number; y: number }): Promise<void> {
  const devtools = await page.context().newCDPSession(page)
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await devtools.send('Input.dispatchDragEvent', { type, ...at, data: { items: [], files: [path], dragOperationsMask: 1 } })
  await devtools.detach()
}

async function add(page: Page, folder: string): Promise<void> {
  await by(page, 'dataset-folder').fill(folder)
  await by(page, 'dataset-add').click()
}

describe('a data set in the window', () => {
  it('may be an archive of CIFAR as it is published: dropped, and looked through without being unpacked', async () => {
    const { page } = desktop
    const folder = join(place.workspace, 'downloads')
    const archive = join(folder, 'cifar-100-binary.tar.gz')
    const records = (count: number) => Buffer.concat(Array.from({ length: count }, (_, image) => Buffer.alloc(3074, 20 + image)))
    await mkdir(folder)
    await writeFile(archive, await tarBytes({ 'cifar-100-binary/train.bin': records(30), 'cifar-100-binary/test.bin': records(5) }))
    await drop(page, archive, { x: 640, y: 600 })
    await by(page, 'index-again').waitFor()
    expect(await by(page, 'dataset-facts').innerText()).toContain('CIFAR-100 · 35 images (30 training, 5 validation) · 100 classes')
    await page.waitForFunction(() => document.querySelectorAll('[data-testid="image-cell"] img').length === 35)
    expect(await readdir(folder)).toEqual(['cifar-100-binary.tar.gz'])
  })

  it('is added by dropping its folder anywhere in the window; a file that is none is refused in a sentence', async () => {
    const { page } = desktop
    const folder = join(place.workspace, 'dropped 🪲\nbeetles')
    await writeImageFolder(folder, { classNames: ['ground', 'ladybird'], train: 4, validation: 2, width: 40, height: 30 })
    await drop(page, join(folder, 'train/ground/0.jpg'), { x: 640, y: 600 })
    await by(page, 'dataset-problem').waitFor()
    expect(await by(page, 'dataset-problem').innerText()).toContain('is a file')
    // On the rail beside the page.
    await drop(page, folder, { x: 20, y: 500 })
    await by(page, 'index-again').waitFor()
    expect(await by(page, 'dataset-facts').innerText()).toContain('12 images (8 training, 4 validation)')
  })

  it('whose folder was moved says so, keeps its pictures, refuses other folders, and is whole again when told where the folder is', async () => {
    const { app, page } = desktop
    const [folder, moved, other] = ['before', 'after', 'other'].map((name) => join(place.workspace, name)) as [string, string, string]
    await writeImageFolder(folder, { classNames: ['ant', 'bee'], train: 4, validation: 2, width: 40, height: 30 })
    await mkdir(other)
    await add(page, folder)
    await by(page, 'index-again').waitFor()
    await rename(folder, moved)
    await page.getByRole('link', { name: 'Data sets' }).first().click()
    await page.getByText('Folder moved').waitFor()
    await page.getByRole('link', { name: 'before', exact: true }).click()
    await by(page, 'moved').waitFor()
    await page.waitForFunction(() => document.querySelectorAll('[data-testid="image-cell"] img').length === 12)
    // The system's dialog is no part of the window; it answers what a person would choose.
    const choose = (path: string) =>
      app.evaluate(({ dialog }, chosen) => (dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [chosen] })), path)
    await choose(other)
    await by(page, 'relink').click()
    await page.getByText('does not hold the files of').waitFor()
    await choose(moved)
    await by(page, 'relink').click()
    await by(page, 'moved').waitFor({ state: 'detached' })
    expect(await by(page, 'dataset-facts').innerText()).toContain(moved)
    await by(page, 'image-cell').first().dblclick()
    await by(page, 'whole-image').waitFor()
  })

  it('whose indexing is cancelled keeps what was read, and goes on to the end from there', async () => {
    const { page } = desktop
    const folder = join(place.workspace, 'many')
    await writePhotos(folder, { train: 32, validation: 2 })
    for (let image = 32; image < MANY; image++) await link(join(folder, 'train/first/0.jpg'), join(folder, 'train/first', `${image}.jpg`))
    await add(page, folder)
    await page.locator('[data-testid="index-state"]:has-text("Reading images")').waitFor()
    await page.waitForFunction(() => document.querySelectorAll('[data-testid="image-cell"] img').length > 0)
    await by(page, 'cancel-index').click()
    await by(page, 'index-incomplete').waitFor()
    expect(await by(page, 'index-incomplete').innerText()).toContain('Indexing was cancelled')
    await countIs(page, MANY + 2)
    const shown = await page.locator('[data-testid="image-cell"] img').count()
    await by(page, 'index-go-on').click()
    await by(page, 'index-incomplete').waitFor({ state: 'detached' })
    expect(await page.locator('[data-testid="image-cell"] img').count()).toBeGreaterThanOrEqual(shown)
    await by(page, 'index-again').waitFor({ timeout: 120_000 })
    expect(await by(page, 'dataset-facts').innerText()).toContain(`${MANY + 2} images`)
  })

  it('loses and regains images by key, by button and by finding', async () => {
    const { page } = desktop
    const folder = join(place.workspace, 'excluding')
    await writeImageFolder(folder, { classNames: ['ant', 'bee'], train: 4, validation: 2, width: 40, height: 30 })
    await copyFile(join(folder, 'train/ant/0.jpg'), join(folder, 'val/ant/again.jpg'))
    await add(page, folder)
    await by(page, 'index-again').waitFor()
    const excluded = (count: number) =>
      page.waitForFunction(
        (words) => {
          const text = document.querySelector('[data-testid="dataset-facts"]')?.textContent ?? ''
          return words === '' ? !text.includes('excluded') : text.includes(words)
        },
        count === 0 ? '' : `${count} excluded`,
      )
    await by(page, 'image-grid').focus()
    await page.keyboard.press('x')
    await excluded(1)
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Enter')
    await by(page, 'toggle-excluded').click()
    await excluded(2)
    await page.keyboard.press('Escape')
    await by(page, 'image-finding').selectOption('excluded')
    await countIs(page, 2)
    await by(page, 'image-grid').focus()
    await page.keyboard.press('x')
    await excluded(1)
    await countIs(page, 1)
    await by(page, 'image-finding').selectOption('')
    await by(page, 'tab-doctor').click()
    await page.locator('[data-finding="leak"] [data-testid="exclude-finding"]').click()
    await excluded(2)
    await page.locator('[data-finding="leak"] [data-testid="restore-finding"]').click()
    await excluded(1)
    await by(page, 'tab-images').click()
    await by(page, 'image-finding').selectOption('excluded')
    await countIs(page, 1)
    await by(page, 'image-grid').focus()
    await page.keyboard.press('x')
    await excluded(0)
  })
})
