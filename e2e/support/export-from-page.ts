import type { Locator, Page } from 'playwright-core'

const EXPORTED_WITHIN_MS = 300_000

/** Exports the run whose page is open, and waits for the result whose text has `named`; without a format in the one that is offered first. */
export async function exportFromPage(page: Page, named: string, format?: string): Promise<Locator> {
  await page.getByRole('tab', { name: 'Export' }).click()
  if (format !== undefined) await page.locator('[data-testid=export-format]').selectOption(format)
  await page.locator('[data-testid=export-run]').click()
  const made = page.locator('[data-testid=export-result]', { hasText: named })
  await made.waitFor({ timeout: EXPORTED_WITHIN_MS })
  return made
}
