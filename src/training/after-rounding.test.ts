import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { TrainerEvent, TrainerSpec } from '../contract/trainer-messages'
import { TrainingConfig } from '../contract/training-config'
import { readCheckpoint } from './checkpoint-file'
import { outcomeOf, type runHere } from './testing/run-here'
import { SMALL_RUN, smallRuns } from './testing/small-runs'
import { tinyBatch, tinyEngines } from './testing/tiny-engine'

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
})
