import { describe, expect, it } from 'vitest'
import type { RunResult } from '../contract/entities'
import type { TrainerEvent, TrainerSpec } from '../contract/trainer-messages'
import { TrainingConfig } from '../contract/training-config'
import { RATE_TOLERANCE } from '../quantization/exact-rounding'
import { outcomeOf, type runHere } from './testing/run-here'
import { SMALL_RUN, smallRuns } from './testing/small-runs'

const small = smallRuns({ train: 48, validation: 20 })
const run = (name: string, section: object, more: Partial<TrainerSpec> = {}, react?: Parameters<typeof runHere>[1]): Promise<TrainerEvent[]> => {
  const compression = { algorithm: 'fracbits_quantization', freeze_epoch: 1, overflow_fix: 'disable', ...section }
  return small.run(name, TrainingConfig.parse({ ...SMALL_RUN, epochs: 2, compression }), more, react)
}
const resultOf = (events: readonly TrainerEvent[]): RunResult | undefined => events.flatMap((event) => (event.type === 'result' ? [event.result] : [])).at(-1)
const bits = [4, 5, 6, 7, 8]
const table = { name: 'test', unit: 'cycles', weight_bits: bits, activation_bits: bits, cost: bits.map((w) => bits.map((a) => w + a)) }

describe('the freeze of a run', () => {
  it.each([
    ['model_size', { loss: { compression_rate: 1.5, alpha: 40 } }, 1.5],
    ['model_size', { loss: { size_bytes: 9000, alpha: 40 } }, null],
    ['bitops', { loss: { type: 'bitops', compression_rate: 2, alpha: 40 } }, 2],
    ['hardware', { loss: { type: 'hardware', compression_rate: 1.4, alpha: 40 }, hardware_table: table }, 1.4],
  ])('meets a budget of the kind %s to half a percent (%j)', async (kind, section, target) => {
    const events = await run(`${kind}-${JSON.stringify(section).length}`, section)
    expect(outcomeOf(events)).toBe('finished')
    const result = resultOf(events)
    const budget = result?.budget
    if (target !== null) expect(budget?.targetRate).toBe(target)
    expect([budget?.kind, budget?.method, result?.targetRate]).toEqual([kind, 'exact', budget?.targetRate])
    expect(budget?.rate).toBeGreaterThanOrEqual(budget?.targetRate ?? Number.NaN)
    expect(budget?.rate).toBeLessThanOrEqual((budget?.targetRate ?? 0) * (1 + RATE_TOLERANCE))
    if ('size_bytes' in section.loss) expect(result?.rows.at(-1)?.sizeBits).toBeLessThanOrEqual(72_000)
  })

  it('records what flipped, also over a resume, and a size in bytes is that of the last row', async () => {
    const section = { loss: { compression_rate: 1.7, alpha: 40 } }
    const first = await run('resumed', section, {}, (event) => (event.type === 'log' && event.message.startsWith('Bit-widths frozen') ? { type: 'stop' } : null))
    const from = first.filter((event) => event.type === 'checkpoint').at(-1)
    const second = await run('resumed', section, { resumeFrom: { file: from?.file ?? '', sha256: from?.sha256 ?? '' } })
    const whole = resultOf(await run('whole', section))
    expect(resultOf(second)).toEqual(whole)
    expect(whole?.budget?.flips.every(({ quantizer, to }) => whole.widths[quantizer] === to)).toBe(true)
    expect(whole?.budget?.cost).toBe(whole?.rows.at(-1)?.sizeBits)
  })

  it('rounds by an offset if it is asked to', async () => {
    const offset = resultOf(await run('offset', { rounding: 'offset', loss: { compression_rate: 1.7, alpha: 40 } }))?.budget
    expect(offset?.method).toBe('offset')
    expect(offset?.rate).toBeGreaterThanOrEqual(1.7)
  })

  it('rounds plainly if it is asked to', async () => {
    const plain = resultOf(await run('plain', { rounding: 'plain', loss: { compression_rate: 1.7, alpha: 40 } }))?.budget
    expect([plain?.method, plain?.flips]).toEqual(['plain', []])
  })

  it('begins at the width that is asked for, states INT8 at 8 bits, and keeps to pinned and to allowed widths', async () => {
    const events = await run('started', { bit_widths: { min: 2, max: 8, start_at_target: true, first_last_bits: 8 }, loss: { compression_rate: 2, alpha: 40 } })
    const result = resultOf(events)
    const first = events.flatMap((event) => (event.type === 'widths' ? event.history.widths : [])).at(0) ?? []
    const quantizers = events.flatMap((event) => (event.type === 'started' ? event.quantizers : []))
    const inner = quantizers.findIndex(({ kind, minBits, maxBits }) => kind === 'weight' && minBits < maxBits)
    expect(first[inner]).toBeCloseTo(4.5, 0)
    const elements = quantizers.reduce((sum, one) => sum + one.elements, 0)
    expect(result?.rows.find(({ kind }) => kind === 'int8')?.sizeBits).toBe(8 * elements)
    expect(result?.widths.filter((_, i) => quantizers[i]?.minBits === 8)).toEqual([8, 8, 8, 8])
  })

  it('keeps to the widths that a device has', async () => {
    const device = { ...table, weight_bits: [4, 8], activation_bits: [8], cost: [[1], [2]] }
    const limited = resultOf(await run('limited', { hardware_table: device, loss: { compression_rate: 1.5, alpha: 40 } }))
    expect(limited?.widths.every((width) => width === 4 || width === 8)).toBe(true)
  })
})
