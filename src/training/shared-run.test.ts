import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { TrainerEvent } from '../contract/trainer-messages'
import { TrainingConfig } from '../contract/training-config'
import { giveCpuDevices } from '../tensor/testing/cpu-devices'
import { readCheckpoint } from './checkpoint-file'
import { messagesOf, outcomeOf, rowsOf } from './testing/run-here'
import { SMALL_RUN, smallRuns } from './testing/small-runs'

giveCpuDevices(2)

const config = (more: object = {}): TrainingConfig =>
  TrainingConfig.parse({
    ...SMALL_RUN,
    cpu_only: true,
    replicas: 2,
    pretraining: { epochs: 1, optimizer: { type: 'SGD', base_lr: 0.05 } },
    epochs: 2,
    compression: { algorithm: 'fracbits_quantization', freeze_epoch: 1, overflow_fix: 'disable', loss: { compression_rate: 1.5, alpha: 40 } },
    ...more,
  })

const { folder, run } = smallRuns({ train: 96, validation: 40 })
const checkpoints = (events: readonly TrainerEvent[]) => events.filter((event) => event.type === 'checkpoint')
const finalTensors = async (name: string, events: readonly TrainerEvent[]) => (await readCheckpoint(join(folder, name, checkpoints(events).at(-1)?.file ?? ''))).tensors

describe('a run whose batches devices share', () => {
  it('goes through all its stages, and resumed it ends with the same tensors, bit for bit', async () => {
    const whole = await run('whole', config())
    expect(outcomeOf(whole)).toBe('finished')
    expect(rowsOf(whole).map((row) => [row.kind, row.images])).toEqual([['fp32', 40], ['int8', 40], ['mixed', 40]])
    expect(whole.flatMap((event) => (event.type === 'started' ? [event.environment.device] : []))).toEqual([expect.stringMatching(/^CPU, \d+ threads, batch in 2 parts$/)])
    expect(messagesOf(whole)).toContain('Every training batch is divided into 2 parts of 8 images, computed by CPU:0, CPU:1; initialisation and validation run on CPU:0')
    const broken = await run('broken', config(), {}, (event) => (event.type === 'checkpoint' && event.step === 6 ? { type: 'stop' } : null))
    expect(outcomeOf(broken)).toBe('stopped')
    const from = checkpoints(broken).at(-1)
    const rest = await run('broken', config(), { resumeFrom: { file: from?.file ?? '', sha256: from?.sha256 ?? '' } })
    expect(outcomeOf(rest)).toBe('finished')
    expect(await finalTensors('broken', rest)).toEqual(await finalTensors('whole', whole))
  })

  it('is not what one device trains: batch norms see halves of a batch', async () => {
    const short = { pretraining: undefined, epochs: 1 }
    const [shared, alone] = [await run('shared', config(short)), await run('alone', config({ ...short, replicas: 1 }))]
    expect(await finalTensors('alone', alone)).not.toEqual(await finalTensors('shared', shared))
  })

  it('is refused before it opens its data where the parts would not be equal, and without GPUs', async () => {
    const nowhere = { dataDir: join(folder, 'nowhere') }
    expect(outcomeOf(await run('unequal', config({ replicas: 3 }), nowhere))).toMatch(/^CONFIG_INVALID: 3 devices can't share 16 images equally\./)
    expect(outcomeOf(await run('no-gpu', config({ cpu_only: false }), nowhere))).toMatch(/^RUNTIME_MISSING: The run asks for 2 GPUs, but the built-in TensorFlow computes on the CPU\./)
  })

  it('takes the flag of the original for all GPUs, of which there are none here', async () => {
    const events = await run('flag', config({ replicas: undefined, multiprocessing_distributed: true, world_size: 2, pretraining: undefined, epochs: 1 }))
    expect(outcomeOf(events)).toBe('finished')
    expect(messagesOf(events)).toContain('One machine, one process: world_size set aside')
  })
})
