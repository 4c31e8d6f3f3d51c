import { truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { TrainerEvent, TrainerSpec } from '../contract/trainer-messages'
import { TrainingConfig } from '../contract/training-config'
import { writeIdxDataset } from '../data/testing/write-idx-dataset'
import { readCheckpoint } from './checkpoint-file'
import { runExportJob } from './export-job'
import type { runHere } from './testing/run-here'
import { SMALL_RUN, smallRuns } from './testing/small-runs'

const config = (more: object = {}): TrainingConfig =>
  TrainingConfig.parse({
    ...SMALL_RUN,
    pretraining: { epochs: 1, optimizer: { type: 'SGD', base_lr: 0.05 } },
    epochs: 3,
    compression: { algorithm: 'fracbits_quantization', freeze_epoch: 2, overflow_fix: 'disable', loss: { compression_rate: 1.5, alpha: 40 } },
    ...more,
  })

const { folder, run: runOf } = smallRuns({ train: 96, validation: 40 })

type Checkpoint = Extract<TrainerEvent, { type: 'checkpoint' }>

const run = (name: string, more: Partial<TrainerSpec> = {}, react?: Parameters<typeof runHere>[1]): Promise<TrainerEvent[]> =>
  runOf(name, config(), more, react)

const checkpoints = (events: readonly TrainerEvent[]): Checkpoint[] => events.filter((event) => event.type === 'checkpoint')
const outcome = (events: readonly TrainerEvent[]) => events.flatMap((event) => (event.type === 'ended' ? [[event.outcome, event.error?.code ?? null]] : []))
const finalTensors = async (name: string, events: readonly TrainerEvent[]) => (await readCheckpoint(join(folder, name, checkpoints(events).at(-1)?.file ?? ''))).tensors
const lossPoints = (events: readonly TrainerEvent[]) =>
  events.flatMap((event) => (event.type === 'metrics' ? event.series.filter(({ key }) => key === 'train/loss').flatMap(({ steps, values }) => steps.map((step, i) => [step, values[i]])) : []))

describe('a trainer', () => {
  it('goes through FP32, ranges, widths, freeze and integers, and its result meets the target', async () => {
    const events = await run('whole')
    expect(outcome(events)).toEqual([['finished', null]])
    const result = events.flatMap((event) => (event.type === 'result' ? [event.result] : [])).at(-1)
    expect(result?.rows.map((row) => [row.kind, row.images])).toEqual([['fp32', 40], ['int8', 40], ['mixed', 40]])
    expect(result?.rows.at(-1)?.rate).toBeGreaterThanOrEqual(1.5)
    expect(result?.widths.every((width) => Number.isInteger(width))).toBe(true)
    expect(lossPoints(events).map(([step]) => step)).toEqual(Array.from({ length: 24 }, (_, i) => i + 1))
    // Widths learn in the second and third of four epochs.
    const pulls = events.flatMap((event) => (event.type === 'widthGradients' ? event.rows : []))
    expect(pulls.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i))).toEqual(Array.from({ length: 12 }, (_, i) => i + 7))
    const count = result?.widths.length ?? 0
    for (const { task, size } of pulls) expect([task.length, size.length, task.some((value) => value !== 0), size.some((value) => value > 0)]).toEqual([count, count, true, true])
  })

  it('has in its table what its model computes over integers, as an exported file does', async () => {
    const events = await run('rows-over-integers')
    const result = events.flatMap((event) => (event.type === 'result' ? [event.result] : [])).at(-1)
    const from = checkpoints(events).at(-1)
    const spec: TrainerSpec = { runId: 'testrun00001', config: config(), dataDir: join(folder, 'data'), folder: join(folder, 'rows-over-integers'), workers: 0, excluded: [], resumeFrom: { file: from?.file ?? '', sha256: from?.sha256 ?? '' } }
    const answer = await runExportJob({ kind: 'evaluate', spec, widths: result?.widths ?? [] })
    const row = result?.rows.find(({ kind }) => kind === 'mixed')
    expect(answer).toEqual({ kind: 'evaluated', evaluation: { loss: row?.loss, top1: row?.top1, top5: row?.top5, images: row?.images } })
  })

  it('has a curve of the rate where widths are learned, and none at one width, which has no target', async () => {
    const seriesOf = (events: readonly TrainerEvent[]) => new Set(events.flatMap((event) => (event.type === 'metrics' ? event.series.map(({ key }) => key) : [])))
    const uniform = config({ epochs: 1, compression: { algorithm: 'quantization', overflow_fix: 'disable' } })
    const [learned, fixed] = [seriesOf(await run('learned-widths')), seriesOf(await runOf('one-width', uniform))]
    expect([learned.has('train/rate'), learned.has('train/size_loss')]).toEqual([true, true])
    expect([fixed.has('train/loss'), fixed.has('train/rate'), fixed.has('train/size_loss')]).toEqual([true, false, false])
  })

  it('stopped in mid-epoch and resumed ends with the same tensors and points, bit for bit', async () => {
    const whole = await run('uninterrupted')
    const first = await run('broken', {}, (event) => (event.type === 'checkpoint' && event.step === 6 ? { type: 'stop' } : null))
    expect(outcome(first)).toEqual([['stopped', null]])
    const from = checkpoints(first).at(-1)
    const second = await run('broken', { resumeFrom: { file: from?.file ?? '', sha256: from?.sha256 ?? '' } })
    expect(outcome(second)).toEqual([['finished', null]])
    expect(await finalTensors('broken', second)).toEqual(await finalTensors('uninterrupted', whole))
    const kept = lossPoints(first).filter(([step]) => Number(step) <= (from?.step ?? 0))
    expect([...kept, ...lossPoints(second)]).toEqual(lossPoints(whole))
  })

  it('answers a pause before the next step and goes on when told', async () => {
    let pausedAt = -1
    const events = await run('paused', {}, (event) => {
      if (event.type === 'started') return { type: 'pause' }
      if (event.type !== 'paused') return null
      pausedAt = 0
      return { type: 'continue' }
    })
    expect(pausedAt).toBe(0)
    expect(outcome(events)).toEqual([['finished', null]])
  })

  it('refuses a checkpoint of another network with one sentence', async () => {
    const from = checkpoints(await run('narrow', { config: config({ epochs: 1 }) })).at(-1)
    const wide = config({ model_params: { width_mult: 0.5 } })
    const events = await run('narrow', { config: wide, resumeFrom: { file: from?.file ?? '', sha256: from?.sha256 ?? '' } })
    expect(outcome(events)).toEqual([['failed', 'CHECKPOINT_MISMATCH']])
  })

  it('says which data file is cut short', async () => {
    const data = join(folder, 'short')
    await writeIdxDataset(data, { train: 96, validation: 40 })
    await truncate(join(data, 'train-images-idx3-ubyte'), 5000)
    const events = await run('short-run', { dataDir: data })
    expect(outcome(events)).toEqual([['failed', 'DATA_CORRUPT']])
    expect(events.some((event) => event.type === 'ended' && event.error?.message.includes('train-images-idx3-ubyte'))).toBe(true)
  })

  it('refuses more classes in the data than the network has', async () => {
    expect(outcome(await run('classes', { config: config({ num_classes: 4 }) }))).toEqual([['failed', 'CONFIG_INVALID']])
  })
})
