import { type Database, openDatabase, type Transaction } from './database'
import { migrations as allMigrations } from './migrations/index'
import { migrate, type Migration } from './migrator'
import { type AnnotationRepository, createAnnotationRepository } from './repositories/annotations'
import { type CheckpointRepository, createCheckpointRepository } from './repositories/checkpoints'
import { type ComparisonRepository, createComparisonRepository } from './repositories/comparison'
import { createLogRepository, type LogRepository } from './repositories/logs'
import { createMetricRepository, type MetricRepository } from './repositories/metrics'
import { createQueueRepository, type QueueRepository } from './repositories/queue'
import { createRunRepository, type RunRepository } from './repositories/runs'
import { createRunTableRepository, type RunTableRepository } from './repositories/run-table'
import { createSavedViewRepository, type SavedViewRepository } from './repositories/saved-views'
import { createWidthRepository, type WidthRepository } from './repositories/widths'

/** Everything that is remembered. Reads see what was committed; writes need the transaction that {@link Store.transaction} gives. */
export interface Store {
  readonly database: Database
  readonly runs: RunRepository
  readonly checkpoints: CheckpointRepository
  readonly metrics: MetricRepository
  readonly widths: WidthRepository
  readonly logs: LogRepository
  readonly table: RunTableRepository
  readonly annotations: AnnotationRepository
  readonly views: SavedViewRepository
  readonly queue: QueueRepository
  readonly comparison: ComparisonRepository
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
    table: createRunTableRepository(database),
    annotations: createAnnotationRepository(database),
    views: createSavedViewRepository(database),
    queue: createQueueRepository(database),
    comparison: createComparisonRepository(database),
    transaction: (fn) => database.transaction(fn),
    close: () => database.close(),
  }
}
