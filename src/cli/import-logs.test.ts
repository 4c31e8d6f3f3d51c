import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { record, scalarEvent, versionEvent } from '../training/tensorboard/event-record'
import { EventFile } from '../training/tensorboard/event-file'
import { CONFIG_TEXT, openTestWorkspace, type TestWorkspace } from '../engine/testing/test-workspace'

/** A file of TensorFlow 2's summaries, made by another program than this: its version, then scalars as tensors, a text and a pair of numbers. */
const TENSOR_SUMMARIES = [
  '1800000000000000a37f4b22090000000084d7d7411a0d627261696e2e4576656e743a32253c71d0',
  '5f00000000000000503f2886090000600084d7d74110032a520a250a0a65706f63685f6c6f7373420a0801120022040000803e4a0b0a090a07736361' +
    '6c6172730a290a0e65706f63685f6163637572616379420a080112002a040000603f4a0b0a090a077363616c61727306df29b4',
  'b3000000000000000fbfd841090000a00084d7d74110042aa5010a290a0a65706f63685f6c6f7373420e080212003208000000000000c03f4a0b0a09' +
    '0a077363616c6172730a290a0b696d616765735f7365656e420d08091204120208015203f0a2044a0b0a090a077363616c6172730a240a0474657874' +
    '420f0807120412020801420568656c6c6f4a0b0a090a077363616c6172730a270a04706169724212080112041202080222080000803f000000404a0b' +
    '0a090a077363616c617273573d02be',
]

let at: TestWorkspace
let folder: string
beforeEach(async () => {
  at = await openTestWorkspace()
  folder = join(at.dataDir, 'my experiment')
  await mkdir(folder)
  return () => at.remove()
})

const bringIn = (from = folder) => at.client.call('runs.importLogs', { folder: from })
const seriesOf = async (runId: string) => {
  const { keys } = await at.client.call('metrics.keys', { runId })
  const { series } = await at.client.call('metrics.series', { runId, keys, maxPoints: 1000 })
  return Object.fromEntries(series.map(({ key, steps, values }) => [key, steps.map((step, index) => [step, values[index]])]))
}
const write = (name: string, ...records: Uint8Array[]) => writeFile(join(folder, `events.out.tfevents.${name}`), Buffer.concat(records))
const point = (step: number, tag: string, value: number) => record(scalarEvent(1_600_000_000 + step, step, [{ tag, value }]))

it('what the trainer writes comes back as a finished run with its configuration; names of the original become those of this program', async () => {
  const file = new EventFile(folder, expect.unreachable, () => 1_700_000_000_000)
  for (let step = 1; step <= 3000; step++)
    file.add(step, [
      { tag: 'train/loss', value: 1 / step },
      { tag: 'train/criterion_loss', value: 0.5 },
      { tag: 'train/compression_loss', value: 0.25 },
      { tag: 'train/statistics/fracbits_quantization/fractional_model_size', value: 1.5 },
      { tag: 'train/statistics/fracbits_quantization/frac_bits/nncf_module.conv1', value: 4.5 },
    ])
  file.add(7, [{ tag: 'val/top1', value: 92.5 }])
  await file.close()
  await writeFile(join(folder, 'config.json'), CONFIG_TEXT)
  const events = at.events(null)
  const { runId, ...told } = await bringIn()
  expect(told).toEqual({ name: 'my experiment', files: 1, series: 6, points: 15_001, notices: [] })
  const run = await at.client.call('runs.get', { runId })
  expect(run).toMatchObject({
    name: 'my experiment',
    status: 'finished',
    model: 'resnet20',
    dataset: 'fashion_mnist',
    step: 3000,
    startedAt: 1_700_000_000_000,
    dataDir: '',
  })
  expect(run.environment?.device).toContain('imported')
  expect(await readFile(join(run.folder, 'config.json'), 'utf8')).toBe(CONFIG_TEXT)
  const keys = (await at.client.call('metrics.keys', { runId })).keys
  expect(keys).toEqual([
    'train/ce',
    'train/loss',
    'train/rate',
    'train/size_loss',
    'train/statistics/fracbits_quantization/frac_bits/nncf_module.conv1',
    'val/top1',
  ])
  const { series } = await at.client.call('metrics.series', { runId, keys: ['train/loss', 'val/top1'], maxPoints: 20_000 })
  expect(series[0]?.steps).toHaveLength(3000)
  expect(series[0]?.values.at(-1)).toBeCloseTo(1 / 3000, 9)
  expect(series[1]).toEqual({ key: 'val/top1', steps: [7], values: [92.5] })
  await events.stop()
  expect(events.all.filter(({ type }) => type === 'created')).toHaveLength(1)
  // It is no run of this machine, and can be passed on like any other.
  await expect(at.client.call('runs.repeat', { runId, count: 1 })).rejects.toMatchObject({ code: 'DATA_MISSING' })
  const file2 = join(at.dataDir, 'logs.zip')
  await at.client.call('runs.exportBundle', { runIds: [runId], file: file2 })
  const there = await openTestWorkspace()
  await there.client.call('runs.importBundle', { file: file2 })
  expect((await there.client.call('metrics.keys', { runId })).keys).toEqual(keys)
  await there.remove()
})

it('widths that the sample learned are drawn as such where the configuration tells the network', async () => {
  const tag = (layer: string): string => `train/statistics/fracbits_quantization/frac_bits/nncf_module.${layer}`
  const widths = (step: number, value: number, layer = 'fc') => point(step, tag(layer), value)
  await write('1600000000.a', widths(1, 4.5), widths(2, 4.25), widths(3, Number.NaN), widths(4, 4))
  await writeFile(join(folder, 'config.json'), CONFIG_TEXT)
  const { runId } = await bringIn()
  const run = await at.client.call('runs.get', { runId })
  expect(run.quantizers).toEqual([
    { id: 'fc|WEIGHT', layer: 'fc', kind: 'weight', mode: 'symmetric', perChannel: true, elements: 7840, minBits: 4, maxBits: 12 },
  ])
  expect(await at.client.call('widths.history', { runId })).toEqual({ steps: [1, 2, 4], widths: [[4.5], [4.25], [4]] })
  // Those of another network are curves and nothing else.
  await write('1600000000.a', widths(1, 4.5), widths(1, 5, 'conv9'))
  const other = await bringIn()
  expect((await at.client.call('runs.get', { runId: other.runId })).quantizers).toEqual([])
  expect(await at.client.call('widths.history', { runId: other.runId })).toEqual({ steps: [], widths: [] })
})

it('validation stands at the end of its epoch where epochs are known, and where the files have it otherwise', async () => {
  const epochs = [0, 1, 2]
  // Five steps of training and two batches of validation an epoch.
  const train = Array.from({ length: 15 }, (_, step) => point(step, 'train/loss', 1))
  const statistics = epochs.map((epoch) => point(5 * epoch, 'compression/statistics/fracbits_quantization/compression_rate', 1))
  const validation = epochs.map((epoch) => point(2 * epoch, 'val/top1', epoch))
  await write('1600000000.a', ...train, ...statistics, ...validation)
  const topOf = async () => (await seriesOf((await bringIn()).runId))['val/top1']
  const asWritten = [
    [0, 0],
    [2, 1],
    [4, 2],
  ]
  expect(await topOf()).toEqual(asWritten)
  await writeFile(join(folder, 'config.json'), CONFIG_TEXT)
  expect(await topOf()).toEqual([
    [4, 0],
    [9, 1],
    [14, 2],
  ])
  const [run] = (await at.client.call('runs.list', {})).runs
  expect((await at.client.call('logs.page', { runId: run?.id ?? '' })).entries[0]?.message).toContain('were moved')
  // Nothing tells how long an epoch is, or the points would stand behind the end of training.
  await write('1600000000.a', ...train, ...validation)
  expect(await topOf()).toEqual(asWritten)
  await write('1600000000.a', ...train.slice(0, 12), ...statistics, ...validation)
  expect(await topOf()).toEqual(asWritten)
})

it('scalars of newer summaries are tensors; what is none is passed over', async () => {
  await writeFile(join(folder, 'events.out.tfevents.1600000000.host.1.2.v2'), Buffer.from(TENSOR_SUMMARIES.join(''), 'hex'))
  const { runId, notices } = await bringIn()
  expect(notices).toEqual([])
  expect(await seriesOf(runId)).toEqual({
    epoch_accuracy: [[3, 0.875]],
    epoch_loss: [
      [3, 0.25],
      [4, 0.125],
    ],
    images_seen: [[4, 70_000]],
  })
  expect(await at.client.call('runs.get', { runId })).toMatchObject({ model: 'unknown', startedAt: 1_600_000_001_500, endedAt: 1_600_000_002_500 })
})

it('files of one run are joined: a later point at the same step counts, and folders below give their name', async () => {
  await write('1600000200.a', point(2, 'loss', 20), point(3, 'loss', 30))
  await write('1600000100.b', record(versionEvent(1_600_000_100)), point(1, 'loss', 1), point(2, 'loss', 2))
  await mkdir(join(folder, 'validation'))
  await writeFile(join(folder, 'validation/events.out.tfevents.1600000100.c'), Buffer.from(point(1, 'loss', 0.5)))
  expect(await seriesOf((await bringIn()).runId)).toEqual({
    loss: [
      [1, 1],
      [2, 20],
      [3, 30],
    ],
    'validation/loss': [[1, 0.5]],
  })
  // A folder alone is the run itself, from however far above it was chosen; links are not followed.
  await symlink(folder, join(at.dataDir, 'link'))
  expect(Object.keys(await seriesOf((await bringIn(join(folder, 'validation'))).runId))).toEqual(['loss'])
})

it('a file that is still written is read to its last whole record, at whatever byte it ends', async () => {
  const [first, second] = [point(1, 'loss', 1), point(2, 'loss', 2)]
  for (let size = 0; size < second.length; size++) {
    await write('1600000000.a', first, second.subarray(0, size))
    const { points, notices } = await bringIn()
    expect({ size, points, notices }).toEqual({ size, points: 1, notices: size === 0 ? [] : [expect.stringContaining('ends within a record')] })
  }
})

it('damage is said, and what can be read beside it is kept', async () => {
  const [first, second, third] = [point(1, 'loss', 1), point(2, 'loss', 2), point(3, 'loss', 3)]
  const changed = (bytes: Uint8Array, index: number): Buffer => Buffer.from(bytes.map((byte, place) => (place === index ? byte ^ 1 : byte)))
  await write('1600000000.a', first, changed(second, 20), third)
  const content = await bringIn()
  expect(content.notices).toEqual([expect.stringContaining('1 record of events.out.tfevents.1600000000.a is damaged')])
  expect(await seriesOf(content.runId)).toEqual({
    loss: [
      [1, 1],
      [3, 3],
    ],
  })
  expect((await at.client.call('logs.page', { runId: content.runId })).entries.map(({ level }) => level)).toEqual(['info', 'warning'])
  // Where a length is wrong, nothing tells where the next record is.
  await write('1600000000.a', first, changed(second, 0), third)
  const length = await bringIn()
  expect(length.notices).toEqual([expect.stringContaining('what stands behind the damage is left out')])
  expect(await seriesOf(length.runId)).toEqual({ loss: [[1, 1]] })
  await write('1600000000.a', first, record(Buffer.from([0xff, 0xff])), point(2 ** 60, 'loss', 1), third)
  const odd = await bringIn()
  expect(odd.notices).toEqual([expect.stringContaining('2 records of events.out.tfevents.1600000000.a are no event')])
  expect(await seriesOf(odd.runId)).toEqual({
    loss: [
      [1, 1],
      [3, 3],
    ],
  })
})

it('a configuration that can not be read is kept as text, and said', async () => {
  await write('1600000000.a', point(1, 'loss', 1))
  await writeFile(join(folder, 'config.json'), '{"model": "none"')
  const { runId, notices } = await bringIn()
  expect(notices).toEqual([expect.stringContaining('config.json')])
  expect(await readFile(join((await at.client.call('runs.get', { runId })).folder, 'config.json'), 'utf8')).toBe('{"model": "none"')
})

it('folders without scalars say what is missing, and leave no run', async () => {
  await expect(bringIn()).rejects.toMatchObject({ code: 'DATA_MISSING', message: expect.stringContaining('tfevents') as unknown })
  await expect(bringIn(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'DATA_MISSING' })
  await expect(bringIn('relative')).rejects.toMatchObject({ code: 'BAD_INPUT' })
  await write('1600000000.a', record(versionEvent(1)))
  await expect(bringIn()).rejects.toMatchObject({ code: 'DATA_CORRUPT' })
  await write('1600000000.a', Buffer.from('this is no event file'))
  await expect(bringIn()).rejects.toMatchObject({ code: 'DATA_CORRUPT', message: expect.stringContaining('damaged') as unknown })
  expect((await at.client.call('runs.list', {})).runs).toEqual([])
})
