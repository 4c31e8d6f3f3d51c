import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { TrainerEvent, TrainerSpec } from '../contract/trainer-messages'
import { TrainingConfig } from '../contract/training-config'
import { readCheckpoint } from './checkpoint-file'
import { messagesOf, outcomeOf, type runHere } from './testing/run-here'
import { SMALL_RUN, smallRuns } from './testing/small-runs'
import { bitsOf, freezeBits, tinyBatch, tinyEngines } from './testing/tiny-engine'

const engineWith = tinyEngines()

describe('averages of weights', () => {
  it('move by decay average + (1 - decay) value with each step, from where they were restarted, and replace the weights', () => {
    const engine = engineWith({ averageDecay: 0.9 })
    engine.restartAverages()
    const names = [...engine.read().keys()].filter((name) => name.startsWith('average/')).map((name) => name.slice('average/'.length))
    expect(names).toContain('conv1.weight')
    expect(names).toContain('quantizers/conv1|WEIGHT/scale')
    expect(names.some((name) => name.includes('running') || name.includes('bits'))).toBe(false)
    let expected = new Map(names.map((name) => [name, Array.from(engine.read().get(name) ?? [])]))
    for (let step = 1; step <= 4; step++) {
      engine.step('width', { batch: tinyBatch(step), learningRate: 0.05, stageStep: step, seed: Int32Array.of(0, step) })
      const now = engine.read()
      expected = new Map(names.map((name) => [name, (expected.get(name) ?? []).map((value, i) => 0.9 * value + 0.1 * (now.get(name)?.[i] ?? 0))]))
    }
    const trained = engine.read()
    engine.takeAverages()
    const averaged = engine.read()
    for (const name of names) {
      const wanted = expected.get(name) ?? []
      averaged.get(name)?.forEach((value, i) => { expect(value).toBeCloseTo(wanted[i] ?? Number.NaN, 5) })
    }
    expect(averaged.get('conv1.weight')).not.toEqual(trained.get('conv1.weight'))
  })
})

describe('oscillating weights', () => {
  const tracked = { oscillationDecay: 0.5, compression: { overflow_fix: 'disable' }, optimizer: { type: 'SGD', base_lr: 0.2 } }
  const steps = (engine: ReturnType<typeof engineWith>, from: number, to: number): number[] =>
    Array.from({ length: to - from + 1 }, (_, i) => {
      const stageStep = from + i
      const inputs = { batch: tinyBatch(stageStep), learningRate: 0.2, stageStep, seed: Int32Array.of(0, stageStep), oscillationThreshold: 0.3 }
      return engine.step('width', inputs).frozenWeights ?? Number.NaN
    })

  it.each([false, true])('stay on their integers while ranges move on (compiled: %s)', (compile) => {
    const engine = engineWith({ ...tracked, compile, ...(compile ? { compileFrom: 1 } : {}) })
    engine.write(new Map([['quantizers/bits', new Float32Array(bitsOf(engine).length).fill(4)]]))
    freezeBits(engine)
    engine.restartOscillations()
    const shares = steps(engine, 1, 12)
    expect(shares.at(-1)).toBeGreaterThan(0)
    expect(shares).toEqual([...shares].sort((a, b) => a - b))
    const before = engine.read()
    steps(engine, 13, 16)
    const after = engine.read()
    const states = [...before.keys()].filter((name) => name.startsWith('oscillations/'))
    let held = 0
    let total = 0
    for (const name of states) {
      const id = name.slice('oscillations/'.length)
      const weight = `${id.replace('|WEIGHT', '')}.weight`
      const count = before.get(weight)?.length ?? 0
      const scales = [before, after].map((state) => (state.get(`quantizers/${id}/scale`) ?? new Float32Array()).map(Math.abs))
      total += count
      for (let i = 0; i < count; i++) {
        const [code, frozen] = [before.get(name)?.[i] ?? Number.NaN, before.get(name)?.[4 * count + i]]
        if (frozen !== 1) continue
        held += 1
        // At 4 bits and a signed range the highest level is 7: one step is scale / 7.
        const steps = [before, after].map((state, k) => (state.get(weight)?.[i] ?? Number.NaN) / ((scales[k]?.[i % (scales[k].length || 1)] ?? Number.NaN) / 7))
        expect(after.get(name)?.[i]).toBe(code)
        for (const step of steps) expect(step).toBeCloseTo(code, 3)
      }
      expect(scales[1]).not.toEqual(scales[0])
    }
    expect((100 * held) / total).toBeCloseTo(shares.at(-1) ?? Number.NaN, 3)
  })

  it('keep their integers where the final model has averages', () => {
    const engine = engineWith({ ...tracked, averageDecay: 0.9 })
    freezeBits(engine)
    engine.restartAverages()
    engine.restartOscillations()
    expect(steps(engine, 1, 12).at(-1)).toBeGreaterThan(0)
    engine.takeAverages()
    const codes = (engine.read().get('oscillations/conv1|WEIGHT') ?? new Float32Array()).slice()
    engine.restartOscillations()
    const anew = engine.read().get('oscillations/conv1|WEIGHT') ?? new Float32Array()
    const count = codes.length / 5
    const frozen = Array.from({ length: count }, (_, i) => i).filter((i) => codes[4 * count + i] === 1)
    expect(frozen.length).toBeGreaterThan(0)
    for (const i of frozen) expect((anew[i] ?? Number.NaN) - (codes[i] ?? Number.NaN)).toBeCloseTo(0, 9)
  })
})

const small = smallRuns({ train: 64, validation: 20 })
const run = (name: string, section: object, more: Partial<TrainerSpec> = {}, react?: Parameters<typeof runHere>[1]): Promise<TrainerEvent[]> => {
  const compression = { algorithm: 'fracbits_quantization', freeze_epoch: 0, overflow_fix: 'disable', loss: { compression_rate: 2, alpha: 40 }, ...section }
  return small.run(name, TrainingConfig.parse({ ...SMALL_RUN, checkpoint_every_n_steps: 2, epochs: 1, compression }), more, react)
}
const lastTensors = async (name: string, events: readonly TrainerEvent[]) => {
  const file = events.flatMap((event) => (event.type === 'checkpoint' ? [event.file] : [])).at(-1) ?? ''
  return (await readCheckpoint(join(small.folder, name, file))).tensors
}

describe('after widths were rounded', () => {
  it('batch norms are estimated anew if asked, from integer widths', async () => {
    const without = await lastTensors('plain', await run('plain', {}))
    const events = await run('anew', { batchnorm_reestimation: { samples: 64 } })
    expect(outcomeOf(events)).toBe('finished')
    const anew = await lastTensors('anew', events)
    expect(anew.get('bn1.running_mean')).not.toEqual(without.get('bn1.running_mean'))
    // Widths and their rounding are the same: only statistics differ before the first step that follows.
    expect(anew.get('quantizers/bits')).toEqual(without.get('quantizers/bits'))
  })

  it('the final model has the averages, and a run that was stopped on the way ends with the same tensors', async () => {
    const section = { weight_averaging: { decay: 0.5 } }
    const whole = await lastTensors('averaged', await run('averaged', section))
    // The file holds weights in PyTorch's layout, averages in the engine's.
    const sorted = (name: string): number[] => Array.from(whole.get(name)?.data ?? []).sort((a, b) => a - b)
    expect(sorted('conv1.weight')).toEqual(sorted('average/conv1.weight'))
    expect(sorted('conv1.weight').length).toBeGreaterThan(0)
    const first = await run('stopped', section, {}, (event) => (event.type === 'checkpoint' && event.step === 2 ? { type: 'stop' } : null))
    const from = first.flatMap((event) => (event.type === 'checkpoint' ? [event] : [])).at(-1)
    const second = await run('stopped', section, { resumeFrom: { file: from?.file ?? '', sha256: from?.sha256 ?? '' } })
    expect(outcomeOf(second)).toBe('finished')
    expect(await lastTensors('stopped', second)).toEqual(whole)
  })

  it('freezes oscillating weights if asked, says how many, and a run that was stopped on the way ends with the same tensors', async () => {
    const section = { oscillation_freezing: { decay: 0.5, first_threshold: 0.3, last_threshold: 0.2 }, bit_widths: { min: 2, max: 3, initial: 3 } }
    const events = await run('oscillating', section)
    expect(outcomeOf(events)).toBe('finished')
    const shares = events.flatMap((event) => (event.type === 'metrics' ? event.series.filter(({ key }) => key === 'train/frozen_weights') : []))
    const values = shares.flatMap((series) => series.values)
    expect(values).toHaveLength(4)
    expect(values.at(-1)).toBeGreaterThan(0)
    expect(messagesOf(events)).toContain(`Weights frozen since they oscillated: ${(values.at(-1) ?? 0).toFixed(2)} %`)
    const whole = await lastTensors('oscillating', events)
    const first = await run('broken-off', section, {}, (event) => (event.type === 'checkpoint' && event.step === 2 ? { type: 'stop' } : null))
    const from = first.flatMap((event) => (event.type === 'checkpoint' ? [event] : [])).at(-1)
    const second = await run('broken-off', section, { resumeFrom: { file: from?.file ?? '', sha256: from?.sha256 ?? '' } })
    expect(outcomeOf(second)).toBe('finished')
    expect(await lastTensors('broken-off', second)).toEqual(whole)
  })

  it('tracks no weights while widths are learned, and from the start where they are given', async () => {
    const section = { oscillation_freezing: {} }
    const keys = (events: readonly TrainerEvent[]) => events.flatMap((event) => (event.type === 'metrics' ? event.series.map(({ key }) => key) : []))
    expect(keys(await run('learning', { ...section, freeze_epoch: 1 }))).not.toContain('train/frozen_weights')
    expect(keys(await run('given', { ...section, algorithm: 'quantization' }))).toContain('train/frozen_weights')
  })
})
