import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { accessibilityViolations } from './support/accessibility'
import { launchDesktopApp } from './support/desktop-app'
import { writePhotoFolder } from './support/photo-folder'
import { photosToModel } from './support/photos-to-model'
import { picture } from './support/pictures'
import { freshWorkspace } from './support/places'

let place: Awaited<ReturnType<typeof freshWorkspace>>
let photos: string
beforeAll(async () => {
  place = await freshWorkspace()
  photos = join(place.workspace, 'my photos')
  await writePhotoFolder(photos, new Map([[1, 'trousers'], [7, 'sneakers'], [8, 'bags']]), 20)
})
afterAll(() => place.remove())

it('a folder of photos, as it is, becomes an exported and verified model in the window alone', async () => {
  const { page, close, pageErrors } = await launchDesktopApp({ workspace: place.workspace })
  const { verdict, text } = await photosToModel(page, photos)
  expect(verdict).toBe('same')
  // A fifth of 20 photos of each of three classes was held out.
  expect(text).toMatch(/\b12\b/)
  await picture(page, 'photos-exported')
  expect(await accessibilityViolations(page)).toEqual([])

  // The photos that were held out are found again by what the model said of them.
  await page.getByRole('link', { name: 'Data sets' }).click()
  await page.locator('[data-testid="dataset-row"]').click()
  await page.locator('[data-testid="train-on"]').waitFor()
  await picture(page, 'photos-dataset')
  const model = page.locator('[data-testid="prediction-model"]')
  // counting waits for nothing
  await model.waitFor()
  await model.selectOption({ index: (await model.locator('option').count()) - 1 })
  await page.waitForFunction(() => document.querySelector('[data-testid="image-total"]')?.textContent?.trim().startsWith('12 images'))
  expect(pageErrors).toEqual([])
  await close()
})
