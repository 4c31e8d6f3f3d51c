import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { encodePng } from '../src/data/png/encode'
import { readReference, referencePath } from '../src/export/reference-file'
import { zipEntries } from '../src/models/weights/zip-entries'
import { launchDesktopApp } from './support/desktop-app'
import { exportFromPage } from './support/export-from-page'
import { runForLastLine } from './support/last-line'
import { chromiumExecutable, freshWorkspace, root, sandboxArguments } from './support/places'
import { picture } from './support/pictures'
import { writeSmallDemoData } from './support/small-demo-data'
import { serveFiles } from './support/static-folder'

const CONFIG = `{
  "model": "resnet20", "model_params": { "width_mult": 0.5 }, "num_classes": 10,
  "input_info": { "sample_size": [1, 1, 28, 28] }, "dataset": "fashion_mnist",
  "batch_size": 32, "batch_size_val": 50, "epochs": 3,
  "optimizer": { "type": "SGD", "base_lr": 0.05 },
  "compression": { "algorithm": "fracbits_quantization", "freeze_epoch": 0, "overflow_fix": "disable" }
}`

const IMAGES = 100
const PIXELS = 28 * 28

const Checked = z.looseObject({ verdict: z.string(), runtime: z.string(), problems: z.array(z.string()), comparison: z.looseObject({ images: z.int(), equal: z.int(), largestDifference: z.number() }).nullable() })
const Exported = z.looseObject({ type: z.literal('export'), size: z.looseObject({ payloadBits: z.int(), payloadBytes: z.int() }), verification: Checked })

/** What TF.js on the page is asked for; the page's own script has loaded it. */
interface PageTf {
  setBackend(name: string): Promise<boolean>
  getBackend(): string
  loadGraphModel(url: string): Promise<{ predict(x: unknown): { data(): Promise<Float32Array> } }>
  tensor(values: Int32Array, shape: number[], type: 'int32'): unknown
}

let place: Awaited<ReturnType<typeof freshWorkspace>>
let data: string
let runId: string
let file: string
let images: Buffer
let reference: Float32Array
let browser: Browser
let page: Page
let site: Awaited<ReturnType<typeof serveFiles>>
const pageErrors: string[] = []

const cli = (...args: string[]) => runForLastLine(place.workspace, data, args)
const best = (logits: Float32Array, image: number): number => {
  const own = logits.subarray(10 * image, 10 * (image + 1))
  return own.indexOf(Math.max(...own))
}

/** Logits [IMAGES, 10] by the model in the page, on a back end of TF.js. */
async function inPage(backend: string): Promise<Float32Array> {
  const logits = await page.evaluate(
    async ({ backend: name, pixels, count }) => {
      const { tf } = globalThis as unknown as { tf: PageTf }
      if (!(await tf.setBackend(name)) || tf.getBackend() !== name) throw new Error(`this browser has no ${name}`)
      const model = await tf.loadGraphModel('model/model.json')
      return [...(await model.predict(tf.tensor(Int32Array.from(pixels), [count, 28, 28, 1], 'int32')).data())]
    },
    { backend, pixels: [...images], count: IMAGES },
  )
  return Float32Array.from(logits)
}

beforeAll(async () => {
  place = await freshWorkspace()
  data = join(place.workspace, 'few-images')
  await writeSmallDemoData(data, { train: 1280, validation: IMAGES })
  const config = join(place.workspace, 'config.jsonc')
  await writeFile(config, CONFIG)
  const { code, last } = await cli('train', '-c', config, '-j', '0')
  expect(code).toBe(0)
  runId = z.looseObject({ runId: z.string() }).parse(last).runId
  images = (await readFile(join(data, 't10k-images-idx3-ubyte'))).subarray(16)
}, 600_000)
afterAll(async () => {
  await browser.close()
  await site.close()
  await place.remove()
})

describe('an export for TensorFlow.js', () => {
  it('is written and checked by one command, in TensorFlow.js itself', async () => {
    file = join(place.workspace, 'model.tfjs.zip')
    const { code, last } = await cli('export', runId, '--format', 'tfjs', '-o', file)
    expect(code).toBe(0)
    const { verification, size } = Exported.parse(last)
    expect(verification).toMatchObject({ verdict: 'same', comparison: { images: IMAGES, equal: IMAGES, largestDifference: 0 } })
    expect(verification.runtime).toContain('TensorFlow.js')
    expect(size.payloadBytes).toBeGreaterThan(size.payloadBits / 8)
    reference = (await readReference(referencePath(file))).logits
    expect(new Set(Array.from({ length: IMAGES }, (_, i) => best(reference, i))).size).toBeGreaterThan(3)
  })

  it('is called wrong when a bit of it is flipped', async () => {
    const bytes = await readFile(file)
    // The weights come last, before the archive's directory.
    const at = bytes.length - 4000
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
    const damaged = join(place.workspace, 'damaged.tfjs.zip')
    await writeFile(damaged, bytes)
    const { code, last } = await cli('verify', damaged)
    const { verdict, problems } = Checked.parse(last)
    expect([code, verdict]).toEqual([1, 'wrong'])
    expect(problems).toEqual([expect.stringMatching(/^The tensor .* was changed/)])
  })

  it('unpacks to what a browser loads, and is loaded by the example page', async () => {
    const entries = zipEntries(await readFile(file))
    const unpacked = [...entries].map(([name, bytes]): [string, Uint8Array] => [`/model/${name}`, bytes])
    site = await serveFiles(new Map<string, string | Uint8Array>([['/', join(root, 'examples/classify.html')], ['/tf.min.js', join(root, 'node_modules/@tensorflow/tfjs/dist/tf.min.js')], ...unpacked]))
    browser = await chromium.launch({ executablePath: chromiumExecutable(), args: [...sandboxArguments, '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--disable-dev-shm-usage'] })
    page = await browser.newPage()
    page.on('pageerror', (error) => pageErrors.push(error.message))
    await page.goto(site.url)
    await page.getByText('Choose a picture. (webgl)').waitFor()
  })

  it('gives the trainer’s logits to the bit in the browser on the processor', async () => {
    expect(await inPage('cpu')).toEqual(reference)
  })

  it('predicts what the trainer does through WebGL, whose divisions may differ in the last bit', async () => {
    const logits = await inPage('webgl')
    const equal = Array.from({ length: IMAGES }, (_, i) => best(logits, i) === best(reference, i)).filter(Boolean).length
    expect(equal).toBe(IMAGES)
  })

  it('names a picture that a person chooses, as the trainer’s model does', async () => {
    const { classNames } = await page.evaluate(async () => JSON.parse(((await (await fetch('model/model.json')).json()) as { userDefinedMetadata: { fracbits_manifest: string } }).userDefinedMetadata.fracbits_manifest) as { classNames: string[] })
    for (const image of [0, 1, 2]) {
      const grey = images.subarray(image * PIXELS, (image + 1) * PIXELS)
      const buffer = Buffer.from(encodePng({ width: 28, height: 28, data: Uint8Array.from({ length: 3 * PIXELS }, (_, i) => grey[Math.floor(i / 3)] ?? 0) }))
      await page.goto(`${site.url}?backend=cpu`)
      await page.getByText('Choose a picture. (cpu)').waitFor()
      await page.locator('#picture').setInputFiles({ name: 'picture.png', mimeType: 'image/png', buffer })
      const own = reference.subarray(10 * image, 10 * (image + 1))
      const name = best(reference, image)
      const share = 100 / own.reduce((sum, logit) => sum + Math.exp(logit - (own[name] ?? 0)), 0)
      await page.getByText(`${classNames[name] ?? ''}  ${share.toFixed(1)} %`).waitFor()
    }
    expect(pageErrors).toEqual([])
  })

  it('is made and checked from the run’s page, too', async () => {
    const app = await launchDesktopApp({ workspace: place.workspace, env: { FRACBITS_DEMO_DATA: data } })
    try {
      await app.page.locator('[data-testid=run-row]').first().click()
      const made = await exportFromPage(app.page, 'resnet20.tfjs.zip', 'tfjs')
      expect(await made.getAttribute('data-verdict')).toBe('same')
      await made.scrollIntoViewIfNeeded()
      await picture(app.page, 'export-tfjs')
    } finally {
      await app.close()
    }
  })
})
