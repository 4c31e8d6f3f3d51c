import { join } from 'node:path'
import { expect, it } from 'vitest'
import { makeTempDir } from '../../util/temp-dir'
import { openDatabase } from '../database'
import { migrate } from '../migrator'
import { openStore } from '../store'
import { migrations } from './index'

it('leaves runs of the version before on this machine', async () => {
  const temp = makeTempDir()
  const file = join(temp.path, 'studio.db')
  const old = await openDatabase(file)
  await migrate(old, migrations.slice(0, 8), { backupTo: () => join(temp.path, 'unused') })
  await old.transaction((transaction) =>
    transaction.run(
      `INSERT INTO runs (id, name, model, dataset, status, phase, step, total_steps, created_at, config, data_dir, folder, workers, quantizers)
       VALUES ('aaaaaaaaaaaa', 'old', 'resnet20', 'cifar10', 'queued', 'preparing', 0, 0, 1, '{}', '/d', '/f', 1, '[]')`,
    ),
  )
  await old.close()

  const store = await openStore(file)
  expect(await store.runs.get('aaaaaaaaaaaa')).toMatchObject({ name: 'old', slurm: null, slurmRecord: null })
  const job = { jobId: '7', state: 'RUNNING', reason: null, node: 'n1', restarts: 2 }
  await store.transaction((transaction) => store.runs.update(transaction, 'aaaaaaaaaaaa', { slurmRecord: { submission: 1, job, offset: 9, at: 5 } }))
  expect((await store.runs.list({ limit: 1, before: null }))[0]?.slurm).toEqual(job)
  expect((await store.runs.get('aaaaaaaaaaaa')).slurmRecord).toMatchObject({ offset: 9 })
  await store.close()
  temp.remove()
})
