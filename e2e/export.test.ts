import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { launchDesktopApp } from './support/desktop-app'
import { exportFromPage } from './support/export-from-page'
import { runForLastLine } from './support/last-line'
import { freshWorkspace, root } from './support/places'
import { readPdf } from './support/pdf-text'
import { writeSmallDemoData } from './support/small-demo-data'

const CONFIG = `{
  "model": "resnet20", "model_params": { "width_mult": 0.25 }, "num_classes": 10,
  "input_info": { "sample_size": [1, 1, 28, 28] }, "dataset": "fashion_mnist",
  "batch_size": 32, "batch_size_val": 50, "epochs": 1,
  "optimizer": { "type": "SGD", "base_lr": 0.05 },
  "compression": { "algorithm": "fracbits_quantization", "freeze_epoch": 0, "overflow_fix": "disable" }
}`

/** How the report was printed. */
interface Printed {
  printed?: Promise<unknown>
}

const IMAGES = 50
const pictures = Array.from({ length: IMAGES }, (_, i) => i)
const pictureName = (i: number): string => `${String(i).padStart(2, '0')}.pgm`
const Checked = z.looseObject({
  verdict: z.string(),
  against: z.string(),
  problems: z.array(z.string()),
  comparison: z.looseObject({ images: z.int(), equal: z.int(), largestDifference: z.number() }).nullable(),
})
const Exported = z.looseObject({ type: z.literal('export'), file: z.string(), verification: Checked })
const Sized = z.looseObject({ verification: Checked.extend({ size: z.looseObject({ payloadBits: z.number(), payloadBytes: z.number() }) }) })
const KernelRun = z.looseObject({
  quantizers: z.array(z.looseObject({ elements: z.int(), kernels: z.int().optional() })),
  result: z.looseObject({
    widths: z.array(z.number()),
    kernelWidths: z.array(z.looseObject({ quantizer: z.int(), widths: z.array(z.looseObject({ bits: z.int(), kernels: z.int() })) })),
  }),
})
const Verified = Checked.extend({ type: z.literal('verification') })

let place: Awaited<ReturnType<typeof freshWorkspace>>
let data: string
let runId: string
let file: string
/** What the example for Node prints. */
let answers = ''
const run = promisify(execFile)

const cli = (...args: string[]) => runForLastLine(place.workspace, data, args)

beforeAll(async () => {
  place = await freshWorkspace()
  data = join(place.workspace, 'few-images')
  await writeSmallDemoData(data, { train: 64, validation: IMAGES })
  const config = join(place.workspace, 'config.jsonc')
  await writeFile(config, CONFIG)
  const { code, last } = await cli('train', '-c', config, '-j', '0')
  expect(code).toBe(0)
  runId = z.looseObject({ runId: z.string() }).parse(last).runId
}, 600_000)
afterAll(() => place.remove())

describe('a file that a run is exported to', () => {
  it('is written and checked by one command, predicts what the trainer does, and passes another check', async () => {
    file = join(place.workspace, 'model.onnx')
    const exported = await cli('export', runId, '-o', file)
    expect(exported.code).toBe(0)
    const { verification } = Exported.parse(exported.last)
    expect(verification).toMatchObject({ verdict: 'same', against: 'trainer', comparison: { images: IMAGES, equal: IMAGES, largestDifference: 0 } })
    const checked = await cli('verify', file)
    expect([checked.code, Verified.parse(checked.last).verdict]).toEqual([0, 'same'])
  })

  it('is called wrong, with exit code 1, when a bit of it is flipped', async () => {
    const bytes = await readFile(file)
    bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1)
    const damaged = join(place.workspace, 'damaged.onnx')
    await writeFile(damaged, bytes)
    const { code, last } = await cli('verify', damaged)
    const { verdict, problems } = Verified.parse(last)
    expect([code, verdict, problems.length > 0]).toEqual([1, 'wrong', true])
  })

  it('runs on a folder of images with the example for Node', async () => {
    const folder = join(place.workspace, 'pictures')
    await mkdir(folder)
    const images = await readFile(join(data, 't10k-images-idx3-ubyte'))
    for (const i of pictures)
      await writeFile(
        join(folder, pictureName(i)),
        Buffer.concat([Buffer.from('P5\n28 28\n255\n'), images.subarray(16 + 784 * i, 16 + 784 * (i + 1))]),
      )
    const { stdout } = await run(process.execPath, [join(root, 'examples/classify.mjs'), file, folder])
    expect(stdout.trim().split('\n')).toEqual(pictures.map((i) => expect.stringMatching(new RegExp(`^${pictureName(i).replace('.', '\\.')}\\t[A-Z].*\\t[\\d.]+ %$`))))
    answers = stdout
  })

  it('gives the same answers with the example for Python', async ({ skip }) => {
    const python = process.env['FRACBITS_PYTHON'] ?? 'python3'
    const packages = process.env['FRACBITS_PYTHON_PACKAGES']
    const env = packages === undefined ? process.env : { ...process.env, PYTHONPATH: packages }
    const lacks = await run(python, ['-c', 'import numpy, onnxruntime'], { env }).then(
      () => null,
      () => `${python} has no onnxruntime or numpy: install both, or name another Python as FRACBITS_PYTHON.`,
    )
    if (lacks !== null && packages === undefined) skip(lacks)
    const { stdout } = await run(python, [join(root, 'examples/classify.py'), file, join(place.workspace, 'pictures')], { env })
    expect(stdout.trim().split(/\r?\n/)).toEqual(answers.trim().split('\n'))
  })

  it('stands in the report, which needs nothing from outside', async () => {
    const page = join(place.workspace, 'report.html')
    expect((await cli('report', runId, '-o', page)).code).toBe(0)
    const html = await readFile(page, 'utf8')
    expect(html).toContain('of 50')
    expect(html).toContain('<svg')
    expect(html).not.toMatch(/(src|href)=/)
  })

  it('becomes a PDF in the window, laid out where nothing runs and nothing is reached', async () => {
    const { last } = await cli('show', runId)
    const { result } = z.looseObject({ result: z.object({ rows: z.array(z.looseObject({ top1: z.number(), kind: z.string() })) }) }).parse(last)
    const pdf = join(place.workspace, 'report.pdf')
    const { app, page, close } = await launchDesktopApp({ workspace: place.workspace, env: { FRACBITS_DEMO_DATA: data } })
    try {
      await app.evaluate(({ app: electron, dialog, session, nativeTheme }, filePath) => {
        nativeTheme.themeSource = 'dark'
        Object.assign(dialog, { showSaveDialog: () => Promise.resolve({ canceled: false, filePath }) })
        electron.once('web-contents-created', (_event, contents) => {
          ;(globalThis as Printed).printed = new Promise((resolve) => {
            contents.once('did-finish-load', () => {
              const { sandbox, contextIsolation, nodeIntegration, javascript, preload } = (contents as unknown as { getLastWebPreferences(): Record<string, unknown> }).getLastWebPreferences()
              const own = contents.session
              const reached = (url: string): Promise<string> => own.fetch(url).then(({ status }) => String(status), (error: Error) => error.message)
              void Promise.all(['https://example.com/', 'http://127.0.0.1:9/', 'app://ui/'].map(reached)).then((answers) => {
                resolve({ preferences: { sandbox, contextIsolation, nodeIntegration, javascript, preload: preload ?? null }, apart: own !== session.defaultSession && !own.isPersistent(), answers })
              })
            })
          })
        })
      }, pdf)
      await page.locator('[data-testid=run-row]').first().click()
      await page.getByRole('tab', { name: 'Export' }).click()
      await page.locator('[data-testid=report-pdf]').click()
      await page.getByText(`The report is in ${pdf}.`).waitFor()
      const printed = await app.evaluate(() => (globalThis as Printed).printed)
      expect(printed).toMatchObject({
        preferences: { sandbox: true, contextIsolation: true, nodeIntegration: false, javascript: false, preload: null },
        apart: true,
        answers: ['net::ERR_BLOCKED_BY_CLIENT', 'net::ERR_BLOCKED_BY_CLIENT', '404'],
      })
      expect(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1)
    } finally {
      await close()
    }
    const { pages, size, text } = readPdf(await readFile(pdf))
    expect(pages).toBeGreaterThan(1)
    // A4 in points.
    expect(size.map(Math.round)).toEqual([595, 842])
    expect(result.rows.length).toBeGreaterThan(1)
    for (const { top1 } of result.rows) expect(text).toContain(`${top1.toFixed(2)} %`)
    expect(text).toContain('How to repeat it')
    expect(text).toContain(`${String(pages)} / ${String(pages)}`)
  })

  it('is made and checked from the run’s page, too', async () => {
    const app = await launchDesktopApp({ workspace: place.workspace, env: { FRACBITS_DEMO_DATA: data } })
    try {
      await app.page.locator('[data-testid=run-row]').first().click()
      const made = await exportFromPage(app.page, '.safetensors', 'safetensors')
      expect(await made.getAttribute('data-verdict')).toBe('same')
    } finally {
      await app.close()
    }
  })
})

describe('a run that learns a width for each kernel', () => {
  let kernelRun = ''
  beforeAll(async () => {
    const config = join(place.workspace, 'kernels.jsonc')
    const [before, after] = CONFIG.split('"freeze_epoch": 0')
    await writeFile(config, `${before ?? ''}"freeze_epoch": 0, "bit_widths": { "granularity": "kernel", "min": 2, "max": 8 }, "loss": { "compression_rate": 2.3 }${after ?? ''}`)
    const { code, last } = await cli('train', '-c', config, '-j', '0')
    expect(code).toBe(0)
    kernelRun = z.looseObject({ runId: z.string() }).parse(last).runId
  }, 600_000)

  it('is exported with the bits of its kernels to the byte, and predicts what the trainer does', async () => {
    const exported = await cli('export', kernelRun, '-o', join(place.workspace, 'kernels.onnx'))
    expect(exported.code).toBe(0)
    const { verification } = Sized.parse(exported.last)
    expect(verification).toMatchObject({ verdict: 'same', problems: [], comparison: { images: IMAGES, equal: IMAGES, largestDifference: 0 } })
    const { last } = await cli('show', kernelRun)
    const { quantizers, result } = KernelRun.parse(last)
    const bitsOf = quantizers.map(({ elements, kernels }, i) => {
      const own = result.kernelWidths.find(({ quantizer }) => quantizer === i)
      return own === undefined || kernels === undefined ? elements * (result.widths[i] ?? 0) : own.widths.reduce((sum, one) => sum + (elements / kernels) * one.kernels * one.bits, 0)
    })
    expect(result.kernelWidths.some(({ widths }) => widths.length > 1)).toBe(true)
    expect(verification.size).toMatchObject({ payloadBits: bitsOf.reduce((sum, bits) => sum + bits, 0), payloadBytes: bitsOf.reduce((sum, bits) => sum + Math.ceil(bits / 8), 0) })
  })

  it('is not changed by hand, with a sentence that says why', async () => {
    const { code, stderr } = await cli('what-if', kernelRun)
    expect(code).not.toBe(0)
    expect(stderr).toContain('learned a width for each kernel')
  })

  it('says on its page of what its widths are the mean', async () => {
    const app = await launchDesktopApp({ workspace: place.workspace, env: { FRACBITS_DEMO_DATA: data } })
    try {
      await app.page.locator('[data-testid=run-row]').first().click()
      const row = app.page.locator('[data-testid=width-row]').nth(3)
      await row.waitFor()
      expect(await row.getAttribute('title')).toMatch(/mean of \d+ kernels, [\d.]+ to [\d.]+ bits/)
      await app.page.getByRole('tab', { name: 'What if' }).click()
      await app.page.getByText('learned a width for each kernel').waitFor()
    } finally {
      await app.close()
    }
  })
})
