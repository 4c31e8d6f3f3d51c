import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { accessibilityViolations } from './support/accessibility'
import { launchDesktopApp } from './support/desktop-app'
import { openInChromium, startServe } from './support/browser-app'
import { picture } from './support/pictures'
import { freshWorkspace } from './support/places'
import { startCli } from './support/run-cli'
import { writeImageFolder } from '../src/data/testing/write-image-folder'

const CONFIG = `{
  "name": "insects", "model": "resnet20", "model_params": { "width_mult": 0.25 }, "num_classes": 3,
  "input_info": { "sample_size": [1, 3, 32, 32] }, "dataset": "folder",
  "batch_size": 16, "epochs": 2, "seed": 1, "optimizer": { "type": "SGD", "base_lr": 0.02 },
  "compression": { "algorithm": "fracbits_quantization", "freeze_epoch": 1, "initializer": { "range": { "num_init_samples": 16 } } }
}`
const VALIDATION = 18
const by = (page: Page, id: string) => page.locator(`[data-testid="${id}"]`)

let place: Awaited<ReturnType<typeof freshWorkspace>>
let folder: string
beforeAll(async () => {
  place = await freshWorkspace()
  folder = join(place.workspace, 'insects')
  await writeImageFolder(folder, { classNames: ['ant', 'bee', 'wasp'], train: 16, validation: 6, width: 48, height: 36 })
  await writeFile(join(place.workspace, 'insects.json'), CONFIG)
})
afterAll(() => place.remove())

const Row = z.object({ kind: z.string(), top1: z.number(), images: z.int() })
const Detail = z.looseObject({ result: z.looseObject({ rows: z.array(Row) }) })

const Changes = z.looseObject({ changes: z.array(z.object({ actual: z.int(), predicted: z.int(), change: z.int() })) })

/** Does something and waits until so many images are listed. */
async function total(page: Page, act: () => Promise<unknown>, wanted: number): Promise<void> {
  await act()
  await page.waitForFunction((count) => document.querySelector('[data-testid="image-total"]')?.textContent?.trim().startsWith(`${count} images`), wanted)
}

it('images are found by what the models of a run said of them, as many as its result table counts', async () => {
  const trained = await startCli(['train', '--config', join(place.workspace, 'insects.json'), '--data', folder, '--json', '--workspace', place.workspace]).ended
  expect({ code: trained.code, stderr: trained.code === 0 ? '' : trained.stderr }).toEqual({ code: 0, stderr: '' })
  const shown = await startCli(['show', 'insects', '--json', '--workspace', place.workspace]).ended
  const rows = shown.stdout.split('\n').flatMap((line) => {
    const found = line === '' ? null : Detail.safeParse(JSON.parse(line))
    return found?.success === true ? found.data.result.rows : []
  })
  expect(rows.map(({ kind }) => kind)).toEqual(['int8', 'mixed'])
  const wrong = (kind: string): number => {
    const row = rows.find((one) => one.kind === kind)
    return Math.round((1 - (row?.top1 ?? 0) / 100) * (row?.images ?? 0))
  }
  const { page, close, pageErrors } = await launchDesktopApp({ workspace: place.workspace })
  await page.getByRole('link', { name: 'Data sets' }).click()
  await by(page, 'dataset-folder').fill(folder)
  await by(page, 'dataset-add').click()
  await by(page, 'index-again').waitFor({ timeout: 60_000 })
  const choose = (id: string, value: string | { label: RegExp }) => async () => {
    const select = by(page, id)
    if (typeof value === 'string') return select.selectOption(value)
    const options = await select.locator('option').evaluateAll((all) => all.map((option) => ({ text: option.textContent ?? '', value: option.getAttribute('value') ?? '' })))
    return select.selectOption(options.find(({ text }) => value.label.test(text))?.value ?? 'none')
  }
  await total(page, choose('prediction-model', { label: /Mixed precision/ }), rows[1]?.images ?? 0)
  await total(page, choose('prediction-outcome', 'wrong'), wrong('mixed'))
  await total(page, choose('prediction-outcome', 'right'), VALIDATION - wrong('mixed'))
  await total(page, choose('prediction-outcome', ''), VALIDATION)
  await by(page, 'image-order').selectOption('confidence')
  await page.waitForFunction(() => [...document.querySelectorAll<HTMLImageElement>('[data-testid="image-cell"] img')].filter(({ naturalWidth }) => naturalWidth > 0).length > 10)
  await picture(page, 'predictions')
  await by(page, 'image-cell').first().dblclick()
  await by(page, 'predicted').waitFor()
  expect(await by(page, 'predicted').innerText()).toMatch(/^(ant|bee|wasp), \d+\.\d\d % sure, \d+\.\d\d % ahead$/)
  await page.keyboard.press('Escape')
  expect(await by(page, 'prediction-flips').locator('option').allTextContents()).toEqual(['Changed or not', expect.stringContaining('Changed from') as unknown])
  await total(page, choose('prediction-model', ''), 3 * 16 + VALIDATION)

  // From the run's result to its images, and the same in the terminal.
  await page.getByRole('link', { name: 'Runs', exact: true }).first().click()
  await page.getByRole('link', { name: 'insects' }).first().click()
  await by(page, 'images-of-int8').waitFor()
  await picture(page, 'result-with-images')
  await total(page, () => by(page, 'images-of-int8').click(), rows[0]?.images ?? 0)
  await total(page, choose('prediction-outcome', 'wrong'), wrong('int8'))
  const listed = await startCli(['data', 'images', 'insects', '--run', 'insects', '--model', 'int8', '--wrong', '--json', '--workspace', place.workspace]).ended
  expect(listed.stdout.split('\n').filter((line) => line !== '')).toHaveLength(wrong('int8'))

  // The confusion of the run: all images, as many right ones as the table says, and each cell opens its own.
  await page.getByRole('link', { name: 'Runs', exact: true }).first().click()
  await page.getByRole('link', { name: 'insects' }).first().click()
  await by(page, 'tab-confusion').click()
  const counts = async (kind: string): Promise<number[]> => {
    await by(page, 'confusion-model').selectOption(kind)
    await by(page, 'confusion').locator(`table[aria-label$="${kind === 'int8' ? 'INT8' : 'Mixed precision'}"]`).waitFor()
    return (await by(page, 'matrix-cell').allInnerTexts()).map(Number)
  }
  for (const kind of ['mixed', 'int8']) {
    const cells = await counts(kind)
    expect(cells).toHaveLength(9)
    expect(cells.reduce((sum, count) => sum + count, 0)).toBe(VALIDATION)
    expect([0, 4, 8].reduce((sum, cell) => sum + (cells[cell] ?? 0), 0)).toBe(VALIDATION - wrong(kind))
  }
  await picture(page, 'confusion')
  for (const [theme, contrast] of [['dark', 'more'], ['light', 'more'], ['dark', 'standard'], ['light', 'standard']] as const) {
    await page.evaluate((look) => Object.assign(document.documentElement.dataset, look), { theme, contrast })
    expect(await accessibilityViolations(page), `${theme}, ${contrast}`).toEqual([])
  }
  const cells = await counts('int8')
  const mistake = cells.findIndex((count, cell) => count > 0 && cell % 4 !== 0)
  const said = await by(page, 'matrix-cell').nth(mistake).getAttribute('aria-label')
  await total(page, () => by(page, 'matrix-cell').nth(mistake).click(), cells[mistake] ?? 0)
  const [, actual, predicted] = /images of (\w+) taken for (\w+)/.exec(said ?? '') ?? []
  expect(await by(page, 'image-cell').count()).toBe(cells[mistake])
  await picture(page, 'confused-images')
  const same = await startCli(['data', 'images', 'insects', '--run', 'insects', '--model', 'int8', '--class', actual ?? '', '--predicted', predicted ?? '', '--json', '--workspace', place.workspace]).ended
  expect(same.stdout.split('\n').filter((line) => line !== '')).toHaveLength(cells[mistake] ?? 0)

  // A link may name a class that is gone from the data set: then it is said, and the rest of the link holds.
  const answered = cells.filter((_, cell) => cell % 3 === mistake % 3).reduce((sum, count) => sum + count, 0)
  await by(page, 'all-classes').click()
  await total(page, () => page.evaluate(() => (location.hash = location.hash.replace(/actual=\w+/, 'actual=hornet'))), answered)
  expect(await by(page, 'missing-classes').innerText()).toContain('no class "hornet"')
  await page.goBack()

  // What quantization changed, in the comparison and in the terminal.
  await page.goBack()
  await by(page, 'result-row').first().waitFor()
  await page.evaluate(() => (location.hash = `#/compare?runs=${location.hash.split('/').at(-1) ?? ''}`))
  await by(page, 'confusion-difference').scrollIntoViewIfNeeded()
  await by(page, 'changes').waitFor()
  await by(page, 'confusion-difference').evaluate((panel) => panel.scrollIntoView())
  await picture(page, 'confusion-difference')
  expect(await accessibilityViolations(page)).toEqual([])
  const difference = await startCli(['confusion', 'insects', '--against', 'insects', '--against-model', 'int8', '--json', '--workspace', place.workspace]).ended
  const { changes } = Changes.parse(JSON.parse(difference.stdout))
  expect(await by(page, 'change').count()).toBe(changes.length)
  expect(changes.reduce((sum, { actual: has, predicted: got, change }) => (has === got ? sum + change : sum), 0)).toBe(wrong('int8') - wrong('mixed'))
  expect(pageErrors).toEqual([])
  await close()
})

it('the same pages work in a browser: what the run learned, what it mistakes, and what quantization changed', async () => {
  const serving = await startServe({ workspace: place.workspace })
  const { page, close, pageErrors } = await openInChromium(serving.url)
  await page.getByRole('link', { name: 'insects' }).first().click()
  const run = await page.evaluate(() => location.hash.split('/').at(-1) ?? '')

  // What pulls at a layer stands beside its width while widths are learned, and not after the freeze.
  await by(page, 'tab-widths').click()
  const strips = by(page, 'width-film').locator('canvas')
  const box = await strips.boundingBox()
  const point = (share: number) => page.mouse.move((box?.x ?? 0) + share * (box?.width ?? 0), (box?.y ?? 0) + 12)
  await point(0.2)
  await by(page, 'film-tip').getByText(/Loss per bit, mean of steps \d+ to \d+: task [+−][\d.e-]+, size [+−][\d.e-]+, together towards (fewer|more) bits/).waitFor()
  await picture(page, 'width-film-gradients')
  await point(0.98)
  await page.waitForFunction(() => !document.querySelector('[data-testid="film-tip"]')?.textContent?.includes('Loss per bit'))

  await by(page, 'tab-weights').click()
  await by(page, 'weights-chart').waitFor()
  await by(page, 'tab-confusion').click()
  await by(page, 'confusion').waitFor()
  expect(Number(await by(page, 'confusion-total').getAttribute('data-images'))).toBe(VALIDATION)

  // A number of the difference opens as many images.
  await page.evaluate((id) => (location.hash = `#/compare?runs=${id}`), run)
  await by(page, 'accuracy-against').selectOption('table')
  await by(page, 'accuracy-table').waitFor()
  const counted = by(page, 'images-after').first()
  await counted.scrollIntoViewIfNeeded()
  const images = Number(await counted.innerText())
  await total(page, () => counted.click(), images)

  await page.getByRole('link', { name: 'Queue' }).click()
  await by(page, 'queue-at-once').selectOption('2')
  await page.reload()
  await page.waitForFunction(() => document.querySelector<HTMLSelectElement>('[data-testid="queue-at-once"]')?.value === '2')
  await picture(page, 'queue-at-once')
  expect(pageErrors).toEqual([])
  await close()
  await serving.close()
})
