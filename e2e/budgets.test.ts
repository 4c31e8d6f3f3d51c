import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { launchDesktopApp } from './support/desktop-app'
import { runForLastLine } from './support/last-line'
import { picture } from './support/pictures'
import { freshWorkspace } from './support/places'
import { writeSmallDemoData } from './support/small-demo-data'

const CONFIG = `{
  "model": "resnet20", "model_params": { "width_mult": 0.25 }, "num_classes": 10,
  "input_info": { "sample_size": [1, 1, 28, 28] }, "dataset": "fashion_mnist",
  "batch_size": 32, "batch_size_val": 50, "epochs": 2,
  "pretraining": { "epochs": 1, "optimizer": { "type": "SGD", "base_lr": 0.05 } },
  "optimizer": { "type": "SGD", "base_lr": 0.05 },
  "compression": {
    "algorithm": "fracbits_quantization", "freeze_epoch": 1, "overflow_fix": "disable",
    "hardware": "bit-serial", "loss": { "type": "hardware", "compression_rate": 1.5, "alpha": 40 }
  }
}`

const Quantizer = z.looseObject({ id: z.string(), kind: z.string(), elements: z.int(), minBits: z.int() })
const Shown = z.looseObject({
  id: z.string(),
  quantizers: z.array(Quantizer),
  result: z.looseObject({ widths: z.array(z.int()), budget: z.looseObject({ kind: z.string(), method: z.string(), rate: z.number(), targetRate: z.number(), unit: z.string() }) }),
})
const Judged = z.looseObject({
  type: z.literal('baselines'),
  runId: z.string(),
  baselines: z.array(z.looseObject({ role: z.string(), runId: z.string(), status: z.string(), rows: z.array(z.looseObject({ note: z.string() })) })),
  missing: z.array(z.string()),
  verdict: z.looseObject({ sentence: z.string() }),
})
const WhatIf = z.looseObject({ type: z.literal('what-if'), widths: z.array(z.int()), sizeBits: z.int(), harm: z.number().nullable(), evaluation: z.looseObject({ images: z.int() }).nullable() })

let place: Awaited<ReturnType<typeof freshWorkspace>>
let data: string
let judged: z.infer<typeof Judged>

const cli = (...args: string[]) => runForLastLine(place.workspace, data, args)

beforeAll(async () => {
  place = await freshWorkspace()
  data = join(place.workspace, 'few-images')
  await writeSmallDemoData(data, { train: 64, validation: 50 })
  const config = join(place.workspace, 'config.jsonc')
  await writeFile(config, CONFIG)
  const { code, last, stderr } = await cli('train', '-c', config, '-j', '0', '--baselines')
  expect([code, code === 0 ? '' : stderr]).toEqual([0, ''])
  judged = Judged.parse(last)
}, 900_000)
afterAll(() => place.remove())

describe('a run to a budget', () => {
  it('keeps to the table of the device that it names, to half a percent', async () => {
    const { result } = Shown.parse((await cli('show', judged.runId)).last)
    expect(result.budget).toMatchObject({ kind: 'hardware', method: 'exact', targetRate: 1.5, unit: 'cycles' })
    expect(result.budget.rate).toBeGreaterThanOrEqual(1.5)
    expect(result.budget.rate).toBeLessThanOrEqual(1.5 * 1.005)
    expect(result.widths.every((bits) => bits >= 2 && bits <= 8)).toBe(true)
  })

  it('is judged by INT8 and by one width for all weights, each before and after training', () => {
    expect(judged.missing).toEqual([])
    expect(judged.baselines.map(({ role, status }) => [role, status])).toEqual([['int8', 'finished'], ['uniform', 'finished']])
    expect(judged.baselines[1]?.rows.at(-1)?.note).toMatch(/^trained at \d bits$/)
    expect(judged.verdict.sentence).toMatch(/ixed precision/)
  })

  it('says what other widths would come to, evaluates them, and trains on from there', async () => {
    const { quantizers, result } = Shown.parse((await cli('show', judged.runId)).last)
    const index = quantizers.findIndex(({ kind }, i) => kind === 'weight' && (result.widths[i] ?? 0) > 2)
    const [layer, bits] = [quantizers[index], (result.widths[index] ?? 0) - 1]
    const size = quantizers.reduce((sum, { elements }, i) => sum + elements * (i === index ? bits : (result.widths[i] ?? 0)), 0)
    const set = ['--set', `${layer?.id ?? ''}=${String(bits)}`]
    const asked = WhatIf.parse((await cli('what-if', judged.runId, ...set, '--evaluate')).last)
    expect([asked.sizeBits, asked.widths[index], asked.evaluation?.images]).toEqual([size, bits, 50])
    const { code, last } = await cli('what-if', judged.runId, ...set, '--fine-tune', '1')
    expect(code).toBe(0)
    expect(z.looseObject({ widths: z.array(z.int()) }).parse(last).widths).toEqual(asked.widths)
    expect((await cli('what-if', judged.runId, '--set', 'nothing=4')).code).toBe(2)
  })

  it('shows all of it on its page', async () => {
    const app = await launchDesktopApp({ workspace: place.workspace, env: { FRACBITS_DEMO_DATA: data } })
    try {
      await app.page.locator('[data-testid=run-row]').last().click()
      await app.page.locator('[data-testid=verdict]').waitFor()
      expect(await app.page.locator('[data-testid=verdict]').innerText()).toBe(judged.verdict.sentence)
      expect(await app.page.locator('[data-testid=budget]').innerText()).toContain('cycles')
      const run = await app.page.evaluate(() => location.hash)
      const { quantizers, result } = Shown.parse((await cli('show', judged.runId)).last)
      const weightBits = quantizers.flatMap(({ kind }, i) => (kind === 'weight' ? [result.widths[i]] : []))
      // Against the uniform baselines, by what an image costs: every model of this suite's runs has its place.
      await app.page.evaluate((ids) => (location.hash = `#/compare?runs=${ids}`), [judged.runId, ...judged.baselines.map(({ runId }) => runId)].join(','))
      await app.page.locator('[data-testid=accuracy-against]').selectOption('work')
      const models = app.page.locator('[data-testid=pareto][data-cost=work] [data-kind]')
      await models.first().waitFor()
      expect(await models.evaluateAll((all) => all.map((one) => one.getAttribute('data-kind')).sort())).toEqual(['fp32', 'fp32', 'fp32', 'int8', 'int8', 'rounded', 'run', 'uniform'])
      await picture(app.page, 'compare-work')
      await app.page.locator('[data-testid=accuracy-against]').selectOption('table')
      await app.page.locator('[data-testid=accuracy-table] tbody tr').first().waitFor()
      await picture(app.page, 'compare-table')
      await app.page.evaluate((hash) => (location.hash = hash), run)
      await app.page.getByRole('tab', { name: 'Weight histogram' }).click()
      await app.page.locator('[data-testid=weights-chart]').waitFor({ timeout: 60_000 })
      await app.page.locator('[data-testid=weights-layer]').nth(3).click()
      await picture(app.page, 'weights')
      expect(await app.page.locator('[data-testid=weights-layer] b').allInnerTexts()).toEqual(weightBits.map(String))
      await app.page.getByRole('tab', { name: 'What if' }).click()
      const size = app.page.locator('[data-testid=what-if-size]')
      await size.waitFor()
      const before = Number(await size.getAttribute('data-value'))
      const bits = app.page.locator('[data-testid=what-if-bits]').nth(1)
      await bits.fill(String(Number(await bits.inputValue()) - 1))
      expect(Number(await size.getAttribute('data-value'))).toBeLessThan(before)
      await app.page.locator('[data-testid=what-if-evaluate]').click()
      await app.page.locator('[data-testid=what-if-top1]', { hasText: 'on 50 images' }).waitFor({ timeout: 300_000 })
    } finally {
      await app.close()
    }
  })
})
