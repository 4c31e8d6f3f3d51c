import { join } from 'node:path'
import { expect, it } from 'vitest'
import { RunTableQuery } from '../../contract/run-table'
import { makeTempDir } from '../../util/temp-dir'
import { openDatabase } from '../database'
import { migrate } from '../migrator'
import { openStore } from '../store'
import { initial } from './0001-initial'

it('takes runs of the version before into the table, with configuration, result and curves', async () => {
  const temp = makeTempDir()
  const file = join(temp.path, 'studio.db')
  const old = await openDatabase(file)
  await migrate(old, [initial], { backupTo: () => join(temp.path, 'unused') })
  const result = JSON.stringify({ rows: [{ kind: 'mixed', top1: 91.5, note: 'x' }], targetRate: 1.5, widths: [4] })
  const config = JSON.stringify({ model: 'resnet20', optimizer: { base_lr: 0.1 }, nesterov: true, input_info: { sample_size: [1, 1, 28, 28] } })
  await old.transaction(async (transaction) => {
    await transaction.run(
      `INSERT INTO runs (id, name, model, dataset, status, phase, step, total_steps, created_at, result, config, data_dir, folder, workers, quantizers)
       VALUES ('aaaaaaaaaaaa', 'old', 'resnet20', 'cifar10', 'finished', 'done', 3, 3, 1, ?, ?, '/d', '/f', 1, '[]')`,
      [result, config],
    )
    await transaction.exec(
      `INSERT INTO series (key) VALUES ('val/loss'); INSERT INTO metrics VALUES (1, 1, 1, 0.5), (1, 1, 300, 0.1), (1, 1, 301, 0.2)`,
    )
  })
  await old.close()

  const store = await openStore(file)
  const columns = [
    'config.optimizer.base_lr',
    'config.nesterov',
    'config.input_info.sample_size',
    'result.mixed.top1',
    'val/loss',
    'val/loss:best',
    'val/loss:max',
  ]
  const { rows } = await store.table.page(RunTableQuery.parse({ columns, filter: 'config.optimizer.base_lr = 0.1' }))
  expect(rows[0]?.cells).toEqual([0.1, 'true', '[1,1,28,28]', 91.5, 0.2, 0.1, 0.5])
  expect(await store.metrics.read('aaaaaaaaaaaa', ['val/loss'], 10)).toEqual([{ key: 'val/loss', steps: [1, 300, 301], values: [0.5, 0.1, 0.2] }])
  expect(await store.database.get('SELECT count(*) AS n FROM metric_buckets')).toEqual({ n: 2 })
  await store.close()
  temp.remove()
})
