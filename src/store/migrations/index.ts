import type { Migration } from '../migrator'
import { initial } from './0001-initial'
import { exportedFiles } from './0002-exports'
import { configurations } from './0003-configurations'
import { runHistories } from './0004-run-histories'
import { datasets } from './0005-datasets'
import { predictions } from './0006-predictions'
import { widthGradients } from './0007-width-gradients'
import { queueAtOnce } from './0008-queue-at-once'
import { clusterJobs } from './0009-cluster-jobs'

/** In order; add the next one at the end. */
export const migrations: readonly Migration[] = [initial, exportedFiles, configurations, runHistories, datasets, predictions, widthGradients, queueAtOnce, clusterJobs]
