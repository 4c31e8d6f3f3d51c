import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { writeImageFolder } from '../src/data/testing/write-image-folder'
import { type DesktopApp, launchDesktopApp } from './support/desktop-app'
import { picture } from './support/pictures'
import { freshWorkspace } from './support/places'
import { startCli } from './support/run-cli'
import { accessibilityViolations } from './support/accessibility'

const CONFIG = `{
  "name": "insects", "model": "resnet20", "model_params": { "width_mult": 0.25 }, "num_classes": 3,
  "input_info": { "sample_size": [1, 3, 32, 32] }, "dataset": "folder",
  "batch_size": 16, "epochs": 2, "seed": 1, "optimizer": { "type": "SGD", "base_lr": 0.02 },
  "compression": { "algorithm": "fracbits_quantization", "freeze_epoch": 1, "initializer": { "range": { "num_init_samples": 16 } } }
}`
const by = (page: Page, id: string) => page.locator(`[data-testid="${id}"]`)

let home: Awaited<ReturnType<typeof freshWorkspace>>
let there: Awaited<ReturnType<typeof freshWorkspace>>
beforeAll(async () => {
  home = await freshWorkspace()
  there = await freshWorkspace()
})
afterAll(async () => {
  await home.remove()
  await there.remove()
})

const Shown = z.looseObject({
  id: z.string(),
  folder: z.string(),
  result: z.unknown(),
  quantizers: z.array(z.unknown()),
  currentWidths: z.array(z.number()).nullable(),
  checkpoints: z.array(z.looseObject({ file: z.string(), sha256: z.string(), step: z.int() })),
})
async function show(run: string, { workspace }: { workspace: string }): Promise<z.infer<typeof Shown>> {
  const { stdout } = await startCli(['show', run, '--json', '--workspace', workspace]).ended
  return Shown.parse(JSON.parse(stdout))
}
const sha256 = async (file: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(file))
    .digest('hex')

/** Answers the system's dialog for a place, as a person would. */
const answerWith = ({ app }: DesktopApp, path: string): Promise<void> =>
  app.evaluate(({ dialog }, filePath) => void Object.assign(dialog, { showSaveDialog: () => Promise.resolve({ canceled: false, filePath }) }), path)

async function bringIn(page: Page, path: string): Promise<void> {
  await by(page, 'open-import-runs').click()
  await by(page, 'import-path').fill(path)
  await by(page, 'import-runs').click()
}

it('a trained run and its event files go to another workspace as one file, and are what they were', async () => {
  const images = join(home.workspace, 'insects')
  await writeImageFolder(images, { classNames: ['ant', 'bee', 'wasp'], train: 16, validation: 6, width: 48, height: 36 })
  await writeFile(join(home.workspace, 'insects.json'), CONFIG)
  const trained = await startCli([
    'train',
    '--config',
    join(home.workspace, 'insects.json'),
    '--data',
    images,
    '--json',
    '--workspace',
    home.workspace,
  ]).ended
  expect({ code: trained.code, stderr: trained.code === 0 ? '' : trained.stderr }).toEqual({ code: 0, stderr: '' })
  const before = await show('insects', home)

  const first = await launchDesktopApp({ workspace: home.workspace })
  const { page } = first
  // What the trainer wrote for TensorBoard is a run, too.
  await by(page, 'new-run').waitFor()
  await by(page, 'open-import-runs').click()
  await by(page, 'import-path').waitFor()
  expect(await accessibilityViolations(page)).toEqual([])
  await picture(page, 'import-runs')
  await by(page, 'import-path').fill(before.folder)
  await by(page, 'import-runs').click()
  await page.waitForURL(/#\/runs\//)
  await page.getByRole('heading', { name: before.id }).waitFor()
  await by(page, 'chart-loss').locator('canvas').first().waitFor()
  await by(page, 'width-row').first().waitFor()
  await picture(page, 'imported-logs')
  const [, logs = ''] = /runs\/(\w+)/.exec(page.url()) ?? []

  // One run from its page.
  const alone = join(home.workspace, 'alone.fracbits')
  await answerWith(first, alone)
  await page.evaluate((id) => (location.hash = `#/runs/${id}`), before.id)
  await page.getByRole('tab', { name: 'Export' }).click()
  await by(page, 'export-bundle').click()
  await by(page, 'bundle-write').waitFor()
  expect(await accessibilityViolations(page)).toEqual([])
  await picture(page, 'export-bundle')
  await by(page, 'bundle-write').click()
  await by(page, 'bundle-made').waitFor()
  expect(await by(page, 'bundle-made').innerText()).toContain(await sha256(alone))
  await picture(page, 'export-bundle-made')
  await by(page, 'bundle-close').click()

  // Two from their comparison.
  const both = join(home.workspace, 'both.fracbits')
  await answerWith(first, both)
  await page.getByRole('link', { name: 'Runs', exact: true }).first().click()
  await by(page, 'select-all').click()
  await by(page, 'export-selected').waitFor()
  await picture(page, 'selected-runs')
  await by(page, 'compare').click()
  await by(page, 'export-comparison').click()
  await by(page, 'bundle-checkpoints').selectOption('all')
  await by(page, 'bundle-write').click()
  await by(page, 'bundle-made').waitFor()
  expect(first.pageErrors).toEqual([])
  await first.close()

  const second = await launchDesktopApp({ workspace: there.workspace })
  await by(second.page, 'welcome').waitFor()
  const bytes = await readFile(both)
  const at = bytes.indexOf(`runs/${before.id}/config.json`) + 60
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
  const damaged = join(there.workspace, 'damaged.zip')
  await writeFile(damaged, bytes)
  await bringIn(second.page, damaged)
  await by(second.page, 'import-problem').waitFor()
  expect(await by(second.page, 'import-problem').innerText()).toContain(`runs/${before.id}/config.json`)
  await picture(second.page, 'import-damaged')
  await by(second.page, 'import-path').fill(both)
  await by(second.page, 'import-runs').click()
  await by(second.page, 'compare-results').waitFor()
  await picture(second.page, 'imported-comparison')
  await second.page.evaluate((id) => (location.hash = `#/runs/${id}`), before.id)
  await by(second.page, 'run-status').waitFor()
  await by(second.page, 'images-of-int8').waitFor({ state: 'detached' })
  await picture(second.page, 'imported-run')
  await second.page.getByRole('tab', { name: 'Environment and command' }).click()
  await by(second.page, 'run-images').waitFor()
  await picture(second.page, 'imported-run-images')
  expect(await accessibilityViolations(second.page)).toEqual([])
  expect(second.pageErrors).toEqual([])
  await second.close()

  const after = await show('insects', there)
  expect(after).toMatchObject({ id: before.id, result: before.result, quantizers: before.quantizers, currentWidths: before.currentWidths })
  const brief = (run: typeof before) => run.checkpoints.map(({ file, sha256: hash, step }) => ({ file, hash, step }))
  expect(brief(after)).toEqual(brief(before))
  expect(after.checkpoints.length).toBeGreaterThan(0)
  for (const { file, sha256: hash } of after.checkpoints) expect(await sha256(join(after.folder, file))).toBe(hash)
  expect((await show(logs, there)).id).toBe(logs)

  // In a terminal: there already, and no images to train with.
  const again = await startCli(['bundle', 'import', alone, '--workspace', there.workspace]).ended
  expect({ code: again.code, said: again.stderr }).toEqual({ code: 1, said: expect.stringContaining('already') as unknown })
  const exported = await startCli(['export', 'insects', '--workspace', there.workspace]).ended
  expect({ code: exported.code, said: exported.stderr }).toEqual({ code: 2, said: expect.stringContaining('was imported') as unknown })
  const located = await startCli(['data', 'locate', 'insects', images, '--workspace', there.workspace]).ended
  expect({ code: located.code, said: located.stdout }).toEqual({ code: 0, said: `The images of insects are in ${images}.\n` })
  const then = await startCli(['export', 'insects', '--workspace', there.workspace]).ended
  expect({ code: then.code, stderr: then.code === 0 ? '' : then.stderr }).toEqual({ code: 0, stderr: '' })
})
