import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { RunResult } from '../contract/entities'
import type { ExportFormat } from '../contract/exports'
import { kernelExtremes } from '../contract/kernel-widths'
import type { TrainerEvent, TrainerSpec } from '../contract/trainer-messages'
import { TrainingConfig } from '../contract/training-config'
import { verifyFile } from '../export/verify/verify-file'
import { readCheckpoint } from './checkpoint-file'
import { runExportJob } from './export-job'
import { messagesOf, outcomeOf } from './testing/run-here'
import { SMALL_RUN, smallRuns } from './testing/small-runs'

const compression = {
  algorithm: 'fracbits_quantization',
  freeze_epoch: 2,
  overflow_fix: 'disable',
  bit_widths: { granularity: 'kernel', min: 2, max: 8, start_at_target: true, first_last_bits: 8 },
  loss: { compression_rate: 1.7, alpha: 40 },
}
const config = TrainingConfig.parse({ ...SMALL_RUN, epochs: 3, optimizer: { type: 'Adam', base_lr: 0.02 }, compression })
const { folder, dataDir, run } = smallRuns({ train: 96, validation: 40 })

type Checkpoint = Extract<TrainerEvent, { type: 'checkpoint' }>
const checkpoints = (events: readonly TrainerEvent[]): Checkpoint[] => events.filter((event) => event.type === 'checkpoint')
const tensorsOf = async (name: string, events: readonly TrainerEvent[]) => (await readCheckpoint(join(folder, name, checkpoints(events).at(-1)?.file ?? ''))).tensors
const resultOf = (events: readonly TrainerEvent[]): RunResult | undefined => events.flatMap((event) => (event.type === 'result' ? [event.result] : [])).at(-1)
const quantizersOf = (events: readonly TrainerEvent[]) => events.flatMap((event) => (event.type === 'started' ? event.quantizers : []))

let whole: TrainerEvent[]
beforeAll(async () => {
  whole = await run('whole', config)
}, 240_000)

describe('a run that learns a width for each kernel', () => {
  it('keeps the budget, with kernels of one layer at several widths', () => {
    expect(outcomeOf(whole)).toBe('finished')
    const result = resultOf(whole)
    const quantizers = quantizersOf(whole)
    expect(result?.budget?.rate).toBeGreaterThanOrEqual(1.7)
    expect(result?.budget?.rate).toBeLessThanOrEqual(1.7 * 1.005)
    const kernelWidths = result?.kernelWidths ?? []
    expect(kernelWidths.map(({ quantizer }) => quantizer)).toEqual(quantizers.flatMap(({ kernels }, i) => (kernels === undefined ? [] : [i])))
    expect(kernelWidths.some(({ widths }) => widths.length > 1)).toBe(true)
    for (const { quantizer, widths } of kernelWidths) {
      expect(widths.reduce((sum, { kernels }) => sum + kernels, 0)).toBe(quantizers[quantizer]?.kernels)
      const mean = widths.reduce((sum, { bits, kernels }) => sum + bits * kernels, 0) / (quantizers[quantizer]?.kernels ?? 0)
      expect(result?.widths[quantizer]).toBeCloseTo(mean, 9)
    }
    // The size in the table is that of the kernels.
    expect(quantizers.reduce((sum, { elements }, i) => sum + elements * (result?.widths[i] ?? 0), 0)).toBeCloseTo(result?.rows.at(-1)?.sizeBits ?? Number.NaN, 3)
    expect(result?.budget?.cost).toBe(result?.rows.at(-1)?.sizeBits)
    expect(messagesOf(whole).some((message) => /^Bit-widths frozen at a rate of .* (kernels|plain rounding meets)/.test(message))).toBe(true)
  })

  it('keeps one width where it is pinned, and for activations', () => {
    const quantizers = quantizersOf(whole)
    const first = quantizers.find(({ layer, kind }) => layer === 'conv1' && kind === 'weight')
    expect([first?.minBits, first?.maxBits, first?.kernels]).toEqual([8, 8, undefined])
    expect(quantizers.filter(({ kind }) => kind === 'activation').every(({ kernels }) => kernels === undefined)).toBe(true)
  })

  it('tells the mean of each quantizer as it trains, with the least and the greatest behind it, and keeps all widths in its checkpoints', async () => {
    const quantizers = quantizersOf(whole)
    const rows = whole.flatMap((event) => (event.type === 'widths' ? event.history.widths : []))
    const kernelWise = quantizers.flatMap(({ kernels }, i) => (kernels === undefined ? [] : [i]))
    expect(rows.every((row) => row.length === quantizers.length + 2 * kernelWise.length)).toBe(true)
    const bits = (await tensorsOf('whole', whole)).get('quantizers/bits')?.data ?? new Float32Array()
    expect(bits.length).toBe(quantizers.reduce((sum, { kernels }) => sum + (kernels ?? 1), 0))
    let start = 0
    const last = rows.at(-1) ?? []
    quantizers.forEach(({ kernels }, i) => {
      const own = Array.from(bits.subarray(start, start + (kernels ?? 1)))
      start += own.length
      expect(last[i]).toBeCloseTo(own.reduce((sum, width) => sum + width, 0) / own.length, 5)
      if (kernels !== undefined) expect(kernelExtremes(quantizers, i, last)).toEqual([Math.min(...own), Math.max(...own)])
      else expect(kernelExtremes(quantizers, i, last)).toBeNull()
    })
    expect(rows.some((row) => kernelWise.some((i) => (kernelExtremes(quantizers, i, row)?.[1] ?? 0) - (kernelExtremes(quantizers, i, row)?.[0] ?? 0) > 0.05))).toBe(true)
  })

  it('stopped in mid-epoch and resumed ends with the same tensors and result, bit for bit', async () => {
    const first = await run('broken', config, {}, (event) => (event.type === 'checkpoint' && event.step === 6 ? { type: 'stop' } : null))
    expect(outcomeOf(first)).toBe('stopped')
    const from = checkpoints(first).at(-1)
    const second = await run('broken', config, { resumeFrom: { file: from?.file ?? '', sha256: from?.sha256 ?? '' } })
    expect(outcomeOf(second)).toBe('finished')
    expect(await tensorsOf('broken', second)).toEqual(await tensorsOf('whole', whole))
    expect(resultOf(second)).toEqual(resultOf(whole))
  })

  const bits = [4, 8]
  const table = { name: 'test', unit: 'cycles', weight_bits: bits, activation_bits: [8], cost: [[1], [2]] }
  it.each([
    ['bit operations', { type: 'bitops' }, {}],
    ['the cost on a device of 4 and 8 bits', { type: 'hardware' }, { hardware_table: table }],
  ])('keeps a budget of %s', async (name, loss, section) => {
    const { bit_widths: _, ...rest } = compression
    const asked = { ...rest, ...section, bit_widths: { granularity: 'kernel' }, freeze_epoch: 1, loss: { ...loss, compression_rate: 1.5, alpha: 40 } }
    const result = resultOf(await run(name, TrainingConfig.parse({ ...SMALL_RUN, epochs: 2, compression: asked })))
    expect(result?.budget?.rate).toBeGreaterThanOrEqual(1.5)
    expect(result?.budget?.rate).toBeLessThanOrEqual(1.5 * 1.005)
    const widths = (result?.kernelWidths ?? []).flatMap((one) => one.widths.map((width) => width.bits))
    expect(widths.length).toBeGreaterThan(20)
    if ('hardware_table' in section) expect(new Set(widths)).toEqual(new Set(bits))
  })

  it('does not go on from the checkpoint of a run with one width a layer, and says why', async () => {
    const layers = TrainingConfig.parse({ ...config, compression: { ...compression, bit_widths: { ...compression.bit_widths, granularity: 'layer' } } })
    const from = checkpoints(whole).at(-1)
    const events = await run('other', layers, { resumeFrom: { file: join(folder, 'whole', from?.file ?? ''), sha256: from?.sha256 ?? '' } })
    expect(outcomeOf(events)).toMatch(/^CHECKPOINT_MISMATCH: .*quantizers\/bits/)
  })
})

describe('the exported file of a run that learned a width for each kernel', () => {
  const specOf = (): TrainerSpec => {
    const from = checkpoints(whole).at(-1)
    return { runId: 'testrun00001', config, dataDir, folder: join(folder, 'whole'), workers: 0, excluded: [], resumeFrom: { file: from?.file ?? '', sha256: from?.sha256 ?? '' } }
  }
  const exported = async (format: ExportFormat) => {
    const file = join(folder, `model.${format}`)
    const answer = await runExportJob({ kind: 'export', spec: specOf(), format, file, reference: `${file}.reference`, version: '1.2.3' })
    if (answer.kind !== 'exported') throw new Error(JSON.stringify(answer))
    const verification = await verifyFile({ kind: 'verify', file, expectedSha256: answer.sha256, data: { dir: dataDir, name: null, limit: null }, reference: { file: `${file}.reference`, origin: 'trainer' } })
    return { size: answer.size, verification }
  }

  it.each(['onnx', 'safetensors'] as const)('takes the sum of weights x width / 8 to the byte, and gives the trainer’s logits to the bit: %s', async (format) => {
    const { size, verification } = await exported(format)
    const result = resultOf(whole)
    const quantizers = quantizersOf(whole)
    const bytes = quantizers.reduce((sum, { elements, kernels = 1 }, i) => {
      const widths = result?.kernelWidths?.find(({ quantizer }) => quantizer === i)?.widths ?? [{ bits: result?.widths[i] ?? 0, kernels: 1 }]
      return sum + Math.ceil(widths.reduce((bits, one) => bits + (elements / kernels) * one.kernels * one.bits, 0) / 8)
    }, 0)
    expect([size.payloadBits, size.payloadBytes]).toEqual([result?.rows.at(-1)?.sizeBits, bytes])
    expect([verification.verdict, verification.problems, verification.size]).toEqual(['same', [], size])
    expect(verification.comparison).toMatchObject({ images: 40, equal: 40, largestDifference: 0 })
  })

  it('is QONNX too, within the rounding of float sums', async () => {
    const { verification } = await exported('qonnx')
    expect([verification.problems, verification.size?.payloadBits]).toEqual([[], resultOf(whole)?.rows.at(-1)?.sizeBits])
    expect(verification.comparison?.equal).toBeGreaterThanOrEqual(39)
  })

  it('lies on the codes that the histogram of its weights counts', async () => {
    const answer = await runExportJob({ kind: 'weights', spec: specOf() })
    if (answer.kind !== 'weights') throw new Error(JSON.stringify(answer))
    const quantizers = quantizersOf(whole)
    expect(answer.layers.filter(({ kernels }) => kernels !== undefined).length).toBeGreaterThan(10)
    for (const { quantizer, quantized, kernels } of answer.layers) {
      const index = quantizers.findIndex(({ id }) => id === quantizer)
      expect(quantized.counts.reduce((sum, count) => sum + count, 0)).toBe(quantizers[index]?.elements)
      if (kernels !== undefined) expect(kernels.mean).toBeCloseTo(resultOf(whole)?.widths[index] ?? Number.NaN, 9)
    }
  })

  it('is not evaluated at other widths, and says why', async () => {
    const answer = await runExportJob({ kind: 'evaluate', spec: specOf(), widths: quantizersOf(whole).map(() => 8) })
    expect(answer).toMatchObject({ kind: 'failed', error: { code: 'CONFLICT', message: expect.stringContaining('a width for each kernel') as string } })
  })
})
