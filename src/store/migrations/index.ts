import type { Migration } from '../migrator'
import { initial } from './0001-initial'
import { runHistories } from './0002-run-histories'

/** In order; add the next one at the end. */
export const migrations: readonly Migration[] = [initial, runHistories]
