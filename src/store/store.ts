import { type Database, openDatabase, type Transaction } from './database'
import { migrations as allMigrations } from './migrations/index'
import { migrate, type Migration } from './migrator'
import { type CheckpointRepository, createCheckpointRepository } from './repositories/checkpoints'
import { createDatasetRepository, type DatasetRepository } from './repositories/datasets'
import { createImageRepository, type ImageRepository } from './repositories/images'
import { createLogRepository, type LogRepository } from './repositories/logs'
import { createMetricRepository, type MetricRepository } from './repositories/metrics'
import { createRunRepository, type RunRepository } from './repositories/runs'
import { createWidthRepository, type WidthRepository } from './repositories/widths'

/** Everything that is remembered. Reads see what was committed; writes need the transaction that {@link Store.transaction} gives. */
export interface Store {
  readonly database: Database
  readonly runs: RunRepository
  readonly checkpoints: CheckpointRepository
  readonly metrics: MetricRepository
  readonly widths: WidthRepository
  readonly logs: LogRepository
  readonly datasets: DatasetRepository
  readonly images: ImageRepository
  /** All or nothing, and alone. Rejects with DISK_FULL when there is no room. */
  transaction<T>(fn: (transaction: Transaction) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** Opens a workspace's database and brings it up to date. Rejects with DATABASE_CORRUPT, DATABASE_NEWER, WORKSPACE_LOCKED or CONFLICT. */
export async function openStore(file: string, migrations: readonly Migration[] = allMigrations, now: () => number = Date.now): Promise<Store> {
  const database = await openDatabase(file)
  try {
    await migrate(database, migrations, {
      backupTo: (version) => `${file}.before-${version + 1}-${new Date(now()).toISOString().replaceAll(/[^0-9]/g, '')}.bak`,
    })
  } catch (error) {
    await database.close()
    throw error
  }
  return {
    database,
    runs: createRunRepository(database),
    checkpoints: createCheckpointRepository(database),
    metrics: createMetricRepository(database),
    widths: createWidthRepository(database),
    logs: createLogRepository(database),
    datasets: createDatasetRepository(database),
    images: createImageRepository(database),
    transaction: (fn) => database.transaction(fn),
    close: () => database.close(),
  }
}
