import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

/* Draws icon.svg at every size that desktops ask for: FRACBITS_CHROMIUM=... node build/icons/render.mjs, after a change of the drawing. */
const SIZES = [16, 24, 32, 48, 64, 128, 256, 512]
const here = import.meta.dirname
const drawing = readFileSync(join(here, 'icon.svg'), 'utf8')
const browser = await chromium.launch({
  executablePath: process.env.FRACBITS_CHROMIUM ?? '/usr/bin/chromium',
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
})
const page = await browser.newPage()
for (const size of SIZES) {
  await page.setViewportSize({ width: size, height: size })
  await page.setContent(`<style>body { margin: 0 } svg { display: block; width: ${size}px; height: ${size}px }</style>${drawing}`)
  await page.screenshot({ path: join(here, `${size}x${size}.png`), omitBackground: true })
}
await browser.close()
