import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ExportRecord } from '../../contract/exports'
import { makeTempDir } from '../../util/temp-dir'
import { openDatabase } from '../database'
import { initial } from '../migrations/0001-initial'
import { migrate } from '../migrator'
import { openStore, type Store } from '../store'

const RUN = 'aaaaaaaaaaaa'
const hash = (digit: string): string => digit.repeat(64)
const made = (file: string, sha256: string): Omit<ExportRecord, 'id' | 'verification'> => ({
  runId: RUN,
  format: 'onnx',
  file,
  sha256,
  size: { sizeBytes: 100, payloadBits: 480, payloadBytes: 60, rate: 1.5 },
  checkpointSha256: hash('c'),
  createdAt: 1_700_000_000_000,
})

let temp: ReturnType<typeof makeTempDir>
let store: Store

/** A run in a database as it was before there were exports, which is then brought up to date. */
beforeEach(async () => {
  temp = makeTempDir()
  const file = join(temp.path, 'studio.db')
  const before = await openDatabase(file)
  await migrate(before, [initial], { backupTo: () => join(temp.path, 'unused') })
  await before.transaction((transaction) =>
    transaction.run(
      `INSERT INTO runs (id, name, model, dataset, status, phase, step, total_steps, created_at, config, data_dir, folder, workers, quantizers)
       VALUES (?, 'demo', 'resnet20', 'fashion_mnist', 'finished', 'done', 0, 0, 1, '{}', '/data', '/runs/x', 1, '[]')`,
      [RUN],
    ),
  )
  await before.close()
  store = await openStore(file)
})
afterEach(async () => {
  await store.close()
  temp.remove()
})

const insert = (record: Omit<ExportRecord, 'id' | 'verification'>): Promise<ExportRecord> =>
  store.transaction((transaction) => store.exports.insert(transaction, record))

describe('exports', () => {
  it('are found by place and by content, newest first, with what the last check found', async () => {
    const first = await insert(made('/a.onnx', hash('1')))
    const second = await insert(made('/b.onnx', hash('1')))
    const verification: NonNullable<ExportRecord['verification']> = {
      verdict: 'wrong',
      problems: ['It was cut off.'],
      file: '/a.onnx',
      format: null,
      sha256: hash('2'),
      size: null,
      against: 'nothing',
      comparison: null,
      accuracy: null,
      runtime: 'onnxruntime',
      checkedAt: 1,
    }
    await store.transaction((transaction) => store.exports.setVerification(transaction, first.id, verification))
    expect(await store.exports.list(RUN)).toEqual([second, { ...first, verification }])
    expect(await store.exports.find({ file: '/a.onnx' })).toEqual({ ...first, verification })
    expect(await store.exports.find({ sha256: hash('1') })).toEqual(second)
    expect(await store.exports.find({ sha256: hash('9') })).toBeNull()
  })

  it('written again in the same place replace their record', async () => {
    await insert(made('/a.onnx', hash('1')))
    const again = await insert(made('/a.onnx', hash('2')))
    expect(await store.exports.list(RUN)).toEqual([again])
  })
})
