import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { startCli } from '../support/run-cli'
import { writeSmallDemoData } from '../support/small-demo-data'

const TINY = `{
  "name": "Tiny trial", "model": "resnet20", "model_params": { "width_mult": 0.25 }, "num_classes": 10,
  "input_info": { "sample_size": [1, 1, 28, 28] }, "dataset": "fashion_mnist", "batch_size": 32, "batch_size_val": 100,
  "pretraining": { "epochs": 1, "optimizer": { "type": "SGD", "base_lr": 0.05 } },
  "epochs": 2, "optimizer": { "type": "SGD", "base_lr": 0.01 },
  "compression": { "algorithm": "fracbits_quantization", "freeze_epoch": 1, "overflow_fix": "disable", "loss": { "alpha": 40 } }
}`

/** A workspace with one short run in it. */
export async function prepareWorkspace(workspace: string): Promise<{ readonly FRACBITS_DEMO_DATA: string }> {
  const data = join(workspace, 'few-images')
  await writeSmallDemoData(data, { train: 640, validation: 200 })
  const env = { FRACBITS_DEMO_DATA: data }
  const file = join(workspace, 'tiny.jsonc')
  await writeFile(file, TINY)
  const { code, stderr } = await startCli(['train', '-c', file, '--workspace', workspace], env).ended
  if (code !== 0) throw new Error(`The short run failed: ${stderr}`)
  return env
}

const by = (page: Page, id: string) => page.locator(`[data-testid="${id}"]`)

/** An own configuration with two versions and something to advise; answers its address. */
export async function prepareConfiguration(page: Page, addressOf: (hash: string) => string): Promise<string> {
  await page.goto(addressOf('#/configurations'))
  await by(page, 'config-row').filter({ hasText: 'Demo' }).first().locator('[data-testid="duplicate-row"]').click()
  await by(page, 'config-name').fill('Stronger compression')
  await by(page, 'config-name').press('Enter')
  await by(page, 'field-compression.loss.compression_rate').locator('input').fill('1.8')
  await by(page, 'save').click()
  await page.locator('[data-testid="save-state"]:has-text("Saved")').waitFor()
  await by(page, 'field-compression.freeze_epoch').locator('input').fill('5')
  await by(page, 'advice-count').waitFor()
  const { hash } = new URL(page.url())
  // Leaving the page keeps the unsaved text.
  await page.evaluate(() => (location.hash = '#/configurations'))
  await by(page, 'config-row').filter({ hasText: 'unsaved edits' }).waitFor()
  return hash
}
