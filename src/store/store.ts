import { createBackups } from './backups'
import type { Database, Transaction } from './database'
import { migrations as allMigrations } from './migrations/index'
import { migrate, type Migration } from './migrator'
import { type AnnotationRepository, createAnnotationRepository } from './repositories/annotations'
import { type CheckpointRepository, createCheckpointRepository } from './repositories/checkpoints'
import { type ComparisonRepository, createComparisonRepository } from './repositories/comparison'
import { type ConfigurationUseRepository, createConfigurationUseRepository } from './repositories/configuration-uses'
import { type ConfigurationRepository, createConfigurationRepository } from './repositories/configurations'
import { createDraftRepository, type DraftRepository } from './repositories/drafts'
import { createExportRepository, type ExportRepository } from './repositories/exports'
import { createEvaluationRepository, type EvaluationRepository } from './repositories/evaluations'
import { createDatasetRepository, type DatasetRepository } from './repositories/datasets'
import { createImageRepository, type ImageRepository } from './repositories/images'
import { createLogRepository, type LogRepository } from './repositories/logs'
import { createMetricRepository, type MetricRepository } from './repositories/metrics'
import { createQueueRepository, type QueueRepository } from './repositories/queue'
import { createRunCostRepository, type RunCostRepository } from './repositories/run-costs'
import { createRunTableRepository, type RunTableRepository } from './repositories/run-table'
import { createRunRepository, type RunRepository } from './repositories/runs'
import { createSavedViewRepository, type SavedViewRepository } from './repositories/saved-views'
import { openOrRestore, type Restoration } from './restoration'
import { createWidthGradientRepository, type WidthGradientRepository } from './repositories/width-gradients'
import { createWidthRepository, type WidthRepository } from './repositories/widths'

/** Everything that is remembered. Reads see what was committed; writes need the transaction that {@link Store.transaction} gives. */
export interface Store {
  readonly database: Database
  readonly runs: RunRepository
  readonly checkpoints: CheckpointRepository
  readonly metrics: MetricRepository
  readonly widths: WidthRepository
  readonly widthGradients: WidthGradientRepository
  readonly logs: LogRepository
  readonly exports: ExportRepository
  readonly configurations: ConfigurationRepository
  readonly configurationUses: ConfigurationUseRepository
  readonly drafts: DraftRepository
  readonly runCosts: RunCostRepository
  readonly table: RunTableRepository
  readonly annotations: AnnotationRepository
  readonly views: SavedViewRepository
  readonly queue: QueueRepository
  readonly comparison: ComparisonRepository
  readonly datasets: DatasetRepository
  readonly images: ImageRepository
  readonly evaluations: EvaluationRepository
  /** All or nothing, and alone. Rejects with DISK_FULL when there is no room. */
  transaction<T>(fn: (transaction: Transaction) => Promise<T>): Promise<T>
  /** Set when the database was damaged and has been replaced by a copy while it was opened. */
  readonly restoration: Restoration | null
  /**
   * Takes a copy of the database when the newest one is an hour old, or so many milliseconds where something was written meanwhile.
   * Says whether it did.
   */
  backUpWhenDue(everyMs?: number): Promise<boolean>
  close(): Promise<void>
}

/** Opens a workspace's database, replaces a damaged one by its newest good copy, and brings it up to date. Rejects with DATABASE_CORRUPT, DATABASE_NEWER, WORKSPACE_LOCKED or CONFLICT. */
export async function openStore(file: string, migrations: readonly Migration[] = allMigrations, now: () => number = Date.now): Promise<Store> {
  const backups = createBackups(file, now)
  const { database, restoration } = await openOrRestore(file, backups, migrations.at(-1)?.version ?? 0, now)
  try {
    await migrate(database, migrations, {
      backupTo: (version) => `${file}.before-${version + 1}-${new Date(now()).toISOString().replaceAll(/[^0-9]/g, '')}.bak`,
    })
  } catch (error) {
    await database.close()
    throw error
  }
  let isChanged = false
  return {
    database,
    runs: createRunRepository(database),
    checkpoints: createCheckpointRepository(database),
    metrics: createMetricRepository(database),
    widths: createWidthRepository(database),
    widthGradients: createWidthGradientRepository(database),
    logs: createLogRepository(database),
    datasets: createDatasetRepository(database),
    images: createImageRepository(database),
    evaluations: createEvaluationRepository(database),
    table: createRunTableRepository(database),
    annotations: createAnnotationRepository(database),
    views: createSavedViewRepository(database),
    queue: createQueueRepository(database),
    comparison: createComparisonRepository(database),
    configurations: createConfigurationRepository(database),
    configurationUses: createConfigurationUseRepository(database),
    drafts: createDraftRepository(database),
    runCosts: createRunCostRepository(database),
    exports: createExportRepository(database),
    transaction(fn) {
      isChanged = true
      return database.transaction(fn)
    },
    restoration,
    async backUpWhenDue(everyMs) {
      if (everyMs !== undefined && !isChanged) return false
      const wasChanged = isChanged
      isChanged = false
      try {
        const taken = (await backups.takeWhenDue(database, everyMs)) !== null
        isChanged ||= wasChanged && !taken
        return taken
      } catch (error) {
        isChanged = true
        throw error
      }
    },
    close: () => database.close(),
  }
}
