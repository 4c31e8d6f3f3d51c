import type { Page } from 'playwright-core'
import { exportFromPage } from './export-from-page'

const INDEXED_WITHIN_MS = 120_000
const TRAINED_WITHIN_MS = 540_000

/**
 * What somebody with a folder of photos does in the window, and nowhere else: adds it, trains a model on it, exports the model and has it checked.
 * Resolves with what the page says of the exported file.
 */
export async function photosToModel(page: Page, folder: string): Promise<{ readonly verdict: string | null; readonly text: string }> {
  const by = (id: string) => page.locator(`[data-testid="${id}"]`)
  await page.getByRole('link', { name: 'Data sets' }).click()
  await by('dataset-folder').fill(folder)
  await by('dataset-add').click()
  await by('index-again').waitFor({ timeout: INDEXED_WITHIN_MS })
  await by('train-on').click()
  await by('validation-verdict').getByText('Ready to start').waitFor()
  await by('start-run').click()
  await page.locator('[data-testid="run-status"][data-status="finished"]').waitFor({ timeout: TRAINED_WITHIN_MS })
  const made = await exportFromPage(page, '.onnx')
  return { verdict: await made.getAttribute('data-verdict'), text: await made.innerText() }
}
