import { mkdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { serveWheels, type WheelIndex } from '../src/engine/runtimes/testing/wheel-index'
import { accessibilityViolations } from './support/accessibility'
import { type DesktopApp, launchDesktopApp } from './support/desktop-app'
import { runForLastLine } from './support/last-line'
import { picture } from './support/pictures'
import { freshWorkspace, root } from './support/places'
import { writeSmallDemoData } from './support/small-demo-data'

const NAME = 'gpu-2.21.0'
const CONFIG = `{
  "model": "resnet20", "model_params": { "width_mult": 0.25 }, "num_classes": 10,
  "input_info": { "sample_size": [1, 1, 28, 28] }, "dataset": "fashion_mnist", "batch_size": 32, "epochs": 1
}`
const Ended = z.looseObject({ type: z.literal('summary'), status: z.string(), reason: z.string().nullable() })

let place: Awaited<ReturnType<typeof freshWorkspace>>
let index: WheelIndex
let desktop: DesktopApp
let data: string
let runtime: string

const row = () => desktop.page.locator(`[data-testid="runtime-row"][data-name="${NAME}"]`)
const train = async (...more: string[]) => {
  const { code, last } = await runForLastLine(place.workspace, data, ['train', '-c', join(place.workspace, 'config.jsonc'), '-j', '0', ...more])
  return { code, ...Ended.parse(last) }
}

beforeAll(async () => {
  place = await freshWorkspace()
  data = join(place.workspace, 'few-images')
  await writeSmallDemoData(data, { train: 64, validation: 50 })
  await writeFile(join(place.workspace, 'config.jsonc'), CONFIG)
  index = await serveWheels(new Map([['tensorflow-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl', Buffer.from('not what was pinned')]]))
  const cache = join(place.workspace, 'cache')
  runtime = join(cache, 'runtimes', NAME)
  desktop = await launchDesktopApp({ workspace: place.workspace, env: { FRACBITS_CACHE: cache, FRACBITS_DEMO_DATA: data } })
}, 120_000)
afterAll(async () => {
  await desktop.close()
  await index.close()
  await place.remove()
})

/** Puts a runtime where an installed one lies, with these libraries. */
async function putRuntime(libraries: 'ours' | 'damaged'): Promise<void> {
  await rm(runtime, { recursive: true, force: true })
  await mkdir(runtime, { recursive: true })
  if (libraries === 'ours') {
    // eslint-disable-next-line no-restricted-syntax -- its folder of libraries is linked to, and nothing is loaded here
    const ours = await realpath(join(root, 'node_modules/@tensorflow/tfjs-node-gpu/deps/lib'))
    await symlink(ours, join(runtime, 'tensorflow'))
  } else {
    await mkdir(join(runtime, 'tensorflow'))
    await writeFile(join(runtime, 'tensorflow/libtensorflow_cc.so.2'), '')
  }
  await writeFile(join(runtime, 'runtime.json'), await readFile(join(root, 'configs/runtimes', `${NAME}.json`)))
}

describe('runtimes in the window', () => {
  it('are on the page Machine; what an index gives that is not pinned is refused in a sentence, and can be removed', async () => {
    const { page } = desktop
    await page.evaluate(() => (location.hash = '#/machine'))
    await row().waitFor()
    expect(await row().getAttribute('data-status')).toBe('available')
    await page.getByText('Where they are fetched from').click()
    await page.getByTestId('index-url').fill(index.url)
    await row().getByTestId('runtime-install').click()
    await row().getByTestId('runtime-problem').waitFor()
    expect(await row().getByTestId('runtime-problem').textContent()).toMatch(/^Fetching tensorflow-2\.21\.0-\S+ broke off \(the server ended it early\)\. What was fetched is kept/)
    await page.locator(`[data-name="${NAME}"][data-status="unfinished"]`).waitFor()
    await page.getByTestId('doctor-check').first().waitFor({ timeout: 60_000 })
    expect(await accessibilityViolations(page)).toEqual([])
    await picture(page, 'runtimes-unfinished')
    await row().getByTestId('runtime-remove').click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click()
    await page.locator(`[data-name="${NAME}"][data-status="available"]`).waitFor()
  })

  it('reach the process of a run: a run that asks for a GPU fails in a sentence where there is none, unless it is told to take the CPU', async () => {
    await putRuntime('ours')
    const refused = await train('--runtime', 'gpu')
    expect(refused).toMatchObject({ code: 3, status: 'failed' })
    expect(refused.reason).toMatch(/^The run asks for a GPU \(runtime gpu-2\.21\.0\) and can't have one\. /)
    expect(await train('--runtime', NAME, '--cpu-only')).toMatchObject({ code: 0, status: 'finished' })
  })

  it('are loaded in place of the built-in one: with damaged libraries nothing runs, and the page says so', async () => {
    await putRuntime('damaged')
    const failed = await train('--runtime', 'gpu', '--cpu-only')
    expect(failed).toMatchObject({ code: 3, status: 'failed' })
    expect(failed.reason).toMatch(/^TensorFlow could not be loaded \(.*libtensorflow_cc\.so\.2.*\)\. Remove the runtime in .+ and install it again\.$/)
    const { page } = desktop
    await page.getByRole('button', { name: 'Check again' }).click()
    const check = page.getByTestId('doctor-check').filter({ hasText: `Runtime ${NAME}` })
    await check.waitFor({ timeout: 60_000 })
    await page.locator(`[data-name="${NAME}"][data-status="installed"]`).waitFor()
    await check.filter({ hasText: 'libtensorflow_cc.so.2' }).waitFor({ timeout: 60_000 })
    await picture(page, 'runtimes-damaged')
    // The built-in one is as it was.
    expect(await train()).toMatchObject({ code: 0, status: 'finished' })
    expect(desktop.pageErrors).toEqual([])
  })
})
