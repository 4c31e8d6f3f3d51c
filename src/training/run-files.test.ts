import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { PredictionsFile, predictionsFileName } from '../contract/predictions'
import type { TrainerEvent } from '../contract/trainer-messages'
import { TrainingConfig } from '../contract/training-config'
import { buildNetwork } from '../models/registry'
import { type TestTensor, writePth } from '../models/weights/testing/write-pth'
import { placeQuantizers } from '../quantization/placement'
import { readCheckpoint } from './checkpoint-file'
import { messagesOf, outcomeOf, rowsOf } from './testing/run-here'
import { SMALL_RUN, smallRuns } from './testing/small-runs'

const compression = { algorithm: 'fracbits_quantization', freeze_epoch: 1, overflow_fix: 'disable', loss: { alpha: 40 } }
const config = (more: object = {}): TrainingConfig => TrainingConfig.parse({ ...SMALL_RUN, epochs: 2, compression, ...more })

const { folder, run: runOf } = smallRuns({ train: 48, validation: 40 })
const run = (name: string, more: object): Promise<TrainerEvent[]> => runOf(name, config(more))
let trained: TrainerEvent[]
beforeAll(async () => {
  trained = await run('trained', { mode: ['train', 'test'], save_freq: 2, print_freq: 2, batch_size_init: 24, metrics_dump: join(folder, 'accuracy.json') })
}, 180_000)

const last = (): string => join(folder, 'trained/checkpoints/resnet20_fashion_mnist_fracbits_quantization_last.safetensors')
const stepsOf = (events: readonly TrainerEvent[]): number[] =>
  events.flatMap((event) => (event.type === 'metrics' ? event.series.filter(({ key }) => key === 'train/loss').flatMap(({ steps }) => steps) : []))

/** The entries of the trained checkpoint in PyTorch's layout, without quantizers and optimizer. */
async function trainedWeights(): Promise<Record<string, TestTensor>> {
  const { tensors } = await readCheckpoint(last())
  return Object.fromEntries([...tensors].filter(([name]) => !/^(quantizers|optimizer)\//.test(name)))
}

describe('a run leaves out', () => {
  it('the images that are excluded, and says so', async () => {
    const excluded = ['train/000000', 'train/000047', 'validation/000003', 'validation/000400']
    const events = await runOf('excluding', config({ epochs: 1, compression: undefined }), { excluded })
    expect(outcomeOf(events)).toBe('finished')
    expect(rowsOf(events).map(({ images }) => images)).toEqual([39])
    const answers = PredictionsFile.parse(JSON.parse(await readFile(join(folder, 'excluding', predictionsFileName('fp32')), 'utf8')))
    expect([answers.names.length, answers.names[2], answers.names[3]]).toEqual([39, 'validation/000002', 'validation/000004'])
    expect(messagesOf(events)).toContain('Left out because they are excluded: 2 training and 1 validation images; 1 more are not in the folder any longer')
  })
})

describe('a run leaves', () => {
  it('the answer of each model to each image, as its result table counts them', async () => {
    const labels = [...(await readFile(join(folder, 'data/t10k-labels-idx1-ubyte'))).subarray(8)]
    const rows = rowsOf(trained)
    expect(rows.map(({ kind }) => kind)).toEqual(['int8', 'mixed'])
    for (const { kind, top1 } of rows) {
      const { names, predicted, labels: kept, confidence, margin } = PredictionsFile.parse(JSON.parse(await readFile(join(folder, 'trained', predictionsFileName(kind)), 'utf8')))
      expect(names).toEqual(labels.map((_, place) => `validation/${String(place).padStart(6, '0')}`))
      expect(kept).toEqual(labels)
      expect((100 * predicted.filter((answer, place) => answer === labels[place]).length) / labels.length).toBeCloseTo(top1, 4)
      expect(confidence.every((share, place) => share <= 1 && share >= 0.1 && (margin[place] ?? -1) >= 0 && (margin[place] ?? 2) <= share)).toBe(true)
    }
  })

  it('the newest, the best and every n-th checkpoint under names of their own', async () => {
    expect(outcomeOf(trained)).toBe('finished')
    const names = await readdir(join(folder, 'trained/checkpoints'))
    const name = 'resnet20_fashion_mnist_fracbits_quantization'
    expect(names).toEqual(expect.arrayContaining([`${name}_last.safetensors`, `${name}_best.safetensors`]))
    expect(await readdir(join(folder, 'trained/checkpoints/intermediate_checkpoints'))).toEqual(['epoch_2.safetensors'])
    const second = await readCheckpoint(last())
    expect(JSON.parse(second.metadata['run'] ?? '')).toMatchObject({ position: { stage: 0, epoch: 2, step: 0 } })
  })

  it('statistics, curves for TensorBoard, lines of steps, and its accuracy', async () => {
    const files = await readdir(join(folder, 'trained'))
    expect(files.filter((file) => file.startsWith('events.out.tfevents.'))).toHaveLength(1)
    const statistics = await readFile(join(folder, 'trained/statistics.txt'), 'utf8')
    expect(statistics.match(/^(Initialised|Epoch \d)$/gm)).toEqual(['Initialised', 'Epoch 0', 'Epoch 1'])
    expect(statistics).toMatch(/'compression_rate': 0\.9999999\d*, 'frac_bits\/nncf_module\.conv1': 8\.0, /)
    expect(messagesOf(trained).filter((line) => line.startsWith(': Epoch: ')).map((line) => line.slice(0, 19))).toEqual([': Epoch: [0][0/3] Lr', ': Epoch: [0][2/3] Lr', ': Epoch: [1][0/3] Lr', ': Epoch: [1][2/3] Lr'].map((line) => line.slice(0, 19)))
    const { Accuracy: accuracy } = JSON.parse(await readFile(join(folder, 'accuracy.json'), 'utf8')) as { Accuracy: number }
    expect(accuracy).toBe(rowsOf(trained).find(({ kind }) => kind === 'mixed')?.top1)
  })
})

describe('a run starts', () => {
  it('from a checkpoint without training when it is to test only, and finds the same accuracy', async () => {
    const events = await run('tested', { mode: 'test', resuming_checkpoint_path: last() })
    expect(outcomeOf(events)).toBe('finished')
    expect(stepsOf(events)).toEqual([])
    const mixed = (rows: ReturnType<typeof rowsOf>) => rows.find(({ kind }) => kind === 'mixed')
    expect(mixed(rowsOf(events))).toEqual(mixed(rowsOf(trained)))
  })

  it('from a checkpoint of another run, and trains the epochs that are left', async () => {
    const events = await run('longer', { epochs: 3, resuming_checkpoint_path: last() })
    expect(outcomeOf(events)).toBe('finished')
    expect(stepsOf(events)).toEqual([7, 8, 9])
  })

  it.each(['zip', 'legacy'] as const)('from weights in a .pth file (%s), and says what is missing, superfluous or of another shape', async (format) => {
    const file = join(folder, `${format}.pth`)
    const entries = await trainedWeights()
    delete entries['fc.bias']
    entries['fc.weight'] = { shape: [3], data: [1, 2, 3] }
    entries['head.weight'] = { shape: [1], data: [1] }
    await writePth(file, entries, { format })
    const events = await run(`weights-${format}`, { mode: 'test', weights: file })
    expect(outcomeOf(events)).toBe('finished')
    const [report] = messagesOf(events, /warning/).filter((message) => message.startsWith('Weights of'))
    expect(report).toMatch(/^Weights of .*: \d+ loaded, 1 missing \(fc\.bias\), 1 unexpected \(head\.weight\), 1 of another shape \(fc\.weight \[3\] instead of \[10, \d+\]\)$/)
    expect(rowsOf(events).map(({ kind }) => kind)).toEqual(['fp32', 'int8'])
  })

  it('from a checkpoint of this program as weights, the optimizer and quantizers of which are no surprise', async () => {
    const events = await run('own-weights', { mode: 'test', weights: last() })
    expect(messagesOf(events, /info/).some((message) => /^Weights of .*: \d+ loaded$/.test(message))).toBe(true)
  })

  it('from an NNCF checkpoint with its quantizers and epoch', async () => {
    const specs = placeQuantizers(buildNetwork(config(), { channels: 1, height: 28, width: 28 }), config().compression ?? (() => { throw new Error('no section') })(), config())
    const { tensors } = await readCheckpoint(last())
    const entries = Object.fromEntries(Object.entries(await trainedWeights()).map(([name, tensor]) => [`nncf_module.${name}`, tensor]))
    specs.forEach((spec, i) => {
      const data = tensors.get(`quantizers/${spec.id}/scale`)?.data ?? new Float32Array()
      entries[`${spec.stateKey}.scale`] = { shape: [data.length], data }
      entries[`${spec.stateKey}._num_bits`] = { shape: [1], data: [tensors.get('quantizers/bits')?.data[i] ?? 0] }
      entries[`${spec.stateKey}.signed_tensor`] = { shape: [1], data: [tensors.get('quantizers/signed')?.data[i] ?? 0] }
      entries[`${spec.stateKey}.enabled`] = { shape: [1], data: [1] }
    })
    const file = join(folder, 'nncf.pth')
    await writePth(file, entries, { facts: { epoch: 1, arch: 'resnet20' } })
    const events = await run('from-nncf', { resuming_checkpoint_path: file })
    expect(outcomeOf(events)).toBe('finished')
    expect(messagesOf(events).some((message) => message.includes(`${specs.length} quantizers, 1 epochs done; its optimizer starts anew`))).toBe(true)
    expect(stepsOf(events)).toEqual([4, 5, 6])
    expect(messagesOf(events)).not.toContain(`Ranges of ${specs.length} quantizers initialised`)

    // Weights are tracked from where the file has them: few have changed their integer in three steps of this size.
    const tracked = { algorithm: 'quantization', overflow_fix: 'disable', oscillation_freezing: { first_threshold: 1, last_threshold: 1 } }
    expect(outcomeOf(await run('tracked-from-nncf', { compression: tracked, optimizer: { type: 'SGD', base_lr: 1e-4 }, resuming_checkpoint_path: file }))).toBe('finished')
    const saved = await readCheckpoint(join(folder, 'tracked-from-nncf/checkpoints/resnet20_fashion_mnist_int8_last.safetensors'))
    const { data } = saved.tensors.get('oscillations/layer1.0.conv1|WEIGHT') ?? { data: new Float32Array() }
    const [codes, directions] = [data.slice(0, data.length / 5), data.slice(data.length / 5, (2 * data.length) / 5)]
    const count = (values: Float32Array): number => values.filter((value) => value !== 0).length
    expect(count(codes)).toBeGreaterThan(0.9 * codes.length)
    expect(count(directions)).toBeLessThan(0.5 * codes.length)
  })

  it('not from weights alone where a checkpoint with quantizers is needed', async () => {
    // A name is no reason to believe that memory ran out.
    const file = join(folder, 'OOM, ran out of memory.pth')
    await writePth(file, await trainedWeights())
    expect(outcomeOf(await run('no-quantizers', { resuming_checkpoint_path: file }))).toMatch(/^CHECKPOINT_MISMATCH: .*holds weights but no quantizers.*--weights/)
  })
})
