import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'

/** Pictures for a person to judge are kept where this names a folder. */
const folder = process.env.FRACBITS_SCREENSHOTS

/** Keeps pictures of the page in both themes, where they are wanted. */
export async function picture(page: Page, name: string): Promise<void> {
  if (folder === undefined) return
  await mkdir(folder, { recursive: true })
  for (const scheme of ['light', 'dark'] as const) {
    await page.evaluate((theme) => (document.documentElement.dataset['theme'] = theme), scheme)
    await page.screenshot({ path: join(folder, `${name}-${scheme}.png`) })
  }
  await page.evaluate(() => delete document.documentElement.dataset['theme'])
}
