import type { QuantizerInfo, RunResult, SeriesColumns } from '../../contract/entities'
import { createIdSource } from '../../util/ids'
import { randomStream, type RandomStream, streamFor } from '../../util/random'
import type { NewRun } from '../repositories/runs'
import type { Transaction } from '../database'
import { ALL_BUCKETS_SQL, ALL_SUMMARIES_SQL } from '../metric-rollup'
import { CONFIG_VALUES_SQL, RESULT_VALUES_SQL } from '../run-values'
import { rollUp } from '../repositories/metric-buckets'
import type { Store } from '../store'

export interface SeedOptions {
  readonly runs: number
  /** Points of the newest run's training loss; one of them, in the middle, is a spike. */
  readonly longPoints: number
  /** Parent of the runs' folders, which are not made. */
  readonly folder: string
  readonly now: number
}

const MODELS = ['resnet20', 'resnet18', 'resnet50', 'mobilenet_v2', 'inception_v3'] as const
const RATES = [1.2, 1.5, 2, 2.5, 3] as const
const LEARNING_RATES = [0.003, 0.01, 0.03, 0.1] as const
const EPOCHS = 6
const STEPS_PER_EPOCH = 40
const BATCH = 500
const LAYERS = [
  'conv1',
  'layer1.0.conv1',
  'layer1.0.conv2',
  'layer2.0.conv1',
  'layer2.0.conv2',
  'layer3.0.conv1',
  'layer3.0.conv2',
  'linear',
] as const

export const SPIKE = 1000
const pick = <T>(from: readonly [T, ...T[]], random: RandomStream, index: number): T =>
  from[Math.floor(random.uniform(index) * from.length)] ?? from[0]

const quantizers: QuantizerInfo[] = LAYERS.map((layer, index) => ({
  id: `${layer}|WEIGHT`,
  layer,
  kind: 'weight',
  mode: 'symmetric',
  perChannel: true,
  elements: 500 * 2 ** index,
  minBits: 4,
  maxBits: 12,
}))

/** Fills a store with plausible finished runs that depend on their number only; for benchmarks and tests. Returns the id of the long one. */
export async function seedRuns(store: Store, { runs, longPoints, folder, now }: SeedOptions): Promise<string> {
  const began = now - runs * 60_000
  let time = began
  const newId = createIdSource(() => (time += 60_000))
  let last = ''
  for (let start = 0; start < runs; start += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, runs - start) }, (_, index) => {
      const number = start + index
      last = newId()
      return makeRun(last, number, randomStream(7, streamFor('seeded run', number)), folder, time)
    })
    await store.transaction((transaction) => insertBatch(transaction, batch))
  }
  await store.transaction(async (transaction) => {
    for (const sql of [CONFIG_VALUES_SQL, RESULT_VALUES_SQL, ALL_BUCKETS_SQL, ALL_SUMMARIES_SQL, FREEZE_SQL]) await transaction.exec(sql)
  })
  if (longPoints > 0) await addLongSeries(store, last, longPoints)
  return last
}

const FREEZE_SQL = `UPDATE metric_summaries AS s SET at_freeze = (SELECT value FROM metrics AS m
  WHERE m.run = s.run AND m.series = s.series AND m.step <= 160 ORDER BY m.step DESC LIMIT 1)`

/** In one statement a table: one run at a time would take minutes. */
async function insertBatch(transaction: Transaction, batch: readonly SeededRun[]): Promise<void> {
  const runs = batch.map(({ run, result }, index) => ({ ...run, result, failed: index % 17 === 3, ended: run.createdAt + 45_000 + index }))
  await transaction.run(
    `INSERT INTO runs (id, name, model, dataset, status, status_reason, phase, step, total_steps, created_at, started_at, ended_at, target_rate, result, config,
       data_dir, folder, workers, quantizers, repeats, frozen_step)
     SELECT r.value ->> 'id', r.value ->> 'name', r.value ->> 'model', r.value ->> 'dataset', iif(r.value ->> 'failed', 'failed', 'finished'),
       iif(r.value ->> 'failed', 'The loss was no longer a number.', NULL), iif(r.value ->> 'failed', 'bit-width-training', 'done'), r.value ->> 'step',
       r.value ->> 'totalSteps', r.value ->> 'createdAt', r.value ->> 'createdAt', r.value ->> 'ended', CAST(r.value ->> 'targetRate' AS REAL),
       iif(r.value ->> 'failed', NULL, r.value -> 'result'), r.value -> 'config', r.value ->> 'dataDir', r.value ->> 'folder', 1, ?2, r.value ->> 'repeats', 160
     FROM json_each(?1) AS r`,
    [JSON.stringify(runs), JSON.stringify(quantizers)],
  )
  const points = batch.flatMap(({ run, series }) =>
    series.flatMap(({ key, steps, values }) => steps.map((step, index) => [run.id, key, step, values[index] ?? null])),
  )
  await transaction.run('INSERT OR IGNORE INTO series (key) SELECT DISTINCT value ->> 1 FROM json_each(?)', [JSON.stringify(points)])
  await transaction.run(
    `INSERT INTO metrics (run, series, step, value) SELECT r.number, s.number, p.value ->> 2, p.value ->> 3
     FROM json_each(?) AS p JOIN runs AS r ON r.id = p.value ->> 0 JOIN series AS s ON s.key = p.value ->> 1`,
    [JSON.stringify(points)],
  )
  const widths = batch.flatMap(({ run, result }) => widthsOf(result.widths).map(([step, bits]) => [run.id, step, bits]))
  await transaction.run(
    'INSERT INTO widths (run, step, bits) SELECT r.number, w.value ->> 1, unhex(w.value ->> 2) FROM json_each(?) AS w JOIN runs AS r ON r.id = w.value ->> 0',
    [JSON.stringify(widths)],
  )
}

interface SeededRun {
  readonly run: NewRun
  readonly series: SeriesColumns[]
  readonly result: RunResult
}

function makeRun(id: string, number: number, random: RandomStream, folder: string, createdAt: number): SeededRun {
  const model = pick(MODELS, random, 0)
  const rate = pick(RATES, random, 1)
  const baseLr = pick(LEARNING_RATES, random, 2)
  const seed = number % 5
  const top1 = 93 - 2 * rate - 3 * Math.abs(Math.log10(baseLr / 0.02)) + random.uniform(3)
  const widths = LAYERS.map((_, layer) => Math.max(4, Math.min(12, Math.round(8 / rate + 2 * random.uniform(10 + layer) - 1))))
  const sizeBits = quantizers.reduce((sum, { elements }, index) => sum + elements * (widths[index] ?? 8), 0)
  const int8Bits = quantizers.reduce((sum, { elements }) => sum + elements * 8, 0)
  const row = (kind: 'fp32' | 'int8' | 'mixed', accuracy: number, bits: number) => ({
    kind,
    top1: accuracy,
    top5: 99.5,
    loss: 0.3,
    images: 10_000,
    sizeBits: bits,
    rate: int8Bits / bits,
    note: 'made up for a benchmark',
  })
  const validations = Array.from({ length: EPOCHS }, (_, epoch) => (epoch + 1) * STEPS_PER_EPOCH)
  const towards = (end: number, index: number): number => end - 40 * Math.exp(-index) + random.uniform(100 + index) / 4
  const run: NewRun = {
    id,
    name: `${model} ${rate}x seed ${seed}`,
    model,
    dataset: 'fashion_mnist',
    status: 'queued',
    phase: 'preparing',
    step: EPOCHS * STEPS_PER_EPOCH,
    totalSteps: EPOCHS * STEPS_PER_EPOCH,
    createdAt,
    targetRate: rate,
    config: {
      name: `${model} ${rate}x`,
      model,
      dataset: 'fashion_mnist',
      seed,
      batch_size: 128,
      epochs: EPOCHS,
      input_info: { sample_size: [1, 1, 28, 28] },
      optimizer: { type: 'SGD', base_lr: baseLr, weight_decay: 1e-4, schedule_type: 'cosine', optimizer_params: { momentum: 0.9 } },
      compression: {
        algorithm: 'fracbits_quantization',
        freeze_epoch: 4,
        loss: { type: 'model_size', compression_rate: rate, criteria: 'L1', alpha: 40 },
      },
    },
    dataDir: '/data/fashion-mnist',
    folder: `${folder}/${id}`,
    workers: 1,
    repeats: `${model} ${rate}x lr ${baseLr}`,
  }
  return {
    run,
    series: [
      { key: 'val/top1', steps: validations, values: validations.map((_, index) => towards(top1, index)) },
      {
        key: 'val/fractional_top1',
        steps: validations,
        values: validations.map((_, index) => towards(top1 + 0.4 * Math.max(0, 1 - index / 4), index)),
      },
      { key: 'val/loss', steps: validations, values: validations.map((_, index) => 0.3 + 2 * Math.exp(-index)) },
      { key: 'train/loss', steps: validations, values: validations.map((_, index) => 0.2 + 2 * Math.exp(-index)) },
      { key: 'val/top5', steps: validations, values: validations.map((_, index) => towards(99, index)) },
      { key: 'train/top1', steps: validations, values: validations.map((_, index) => towards(top1 + 1, index)) },
      { key: 'train/ce', steps: validations, values: validations.map((_, index) => 0.1 + 2 * Math.exp(-index)) },
      { key: 'train/size_loss', steps: validations, values: validations.map((_, index) => 0.1 / (index + 1)) },
      { key: 'train/learning_rate', steps: validations, values: validations.map((_, index) => baseLr * (1 - index / EPOCHS)) },
      { key: 'train/rate', steps: validations, values: validations.map((_, index) => 1 + (rate - 1) * Math.min(1, index / 4)) },
    ],
    result: {
      rows: [row('fp32', top1 + 0.8, int8Bits * 4), row('int8', top1 + 0.3, int8Bits), row('mixed', top1, sizeBits)],
      targetRate: rate,
      widths,
    },
  }
}

/** Step and little-endian float32 widths as hexadecimal digits. */
function widthsOf(end: readonly number[]): [number, string][] {
  return Array.from({ length: 16 }, (_, index) => {
    const step = (index + 1) * (STEPS_PER_EPOCH / 2.5)
    const bits = end.map((last) => (step >= 4 * STEPS_PER_EPOCH ? last : 8 + (last + 0.3 - 8) * Math.min(1, step / (4 * STEPS_PER_EPOCH))))
    return [step, Buffer.from(Float32Array.from(bits).buffer).toString('hex')]
  })
}

/** Made by SQL, point by point in order; the noise is a number that looks like chance. */
async function addLongSeries(store: Store, runId: string, points: number): Promise<void> {
  await store.transaction(async (transaction) => {
    await transaction.run(
      `INSERT OR REPLACE INTO metrics (run, series, step, value)
       WITH RECURSIVE counted (step) AS (SELECT 1 UNION ALL SELECT step + 1 FROM counted WHERE step < ?2)
       SELECT r.number, s.number, c.step,
         CASE c.step WHEN ?3 THEN ?4 ELSE 0.3 + 2.0 / (1 + 20.0 * c.step / ?2) + 0.2 * ((c.step * 2654435761) % 1000003) / 1000003.0 END
       FROM runs AS r JOIN series AS s ON s.key = 'train/loss' JOIN counted AS c WHERE r.id = ?1`,
      [runId, points, Math.floor(points / 2), SPIKE],
    )
    await transaction.run('DELETE FROM metric_buckets WHERE run = (SELECT number FROM runs WHERE id = ?)', [runId])
    await store.runs.update(transaction, runId, { step: points, totalSteps: points })
    await rollUp(transaction, runId)
  })
}
