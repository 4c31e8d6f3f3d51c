import type { Migration } from '../migrator'
import { initial } from './0001-initial'
import { datasets } from './0002-datasets'

/** In order; add the next one at the end. */
export const migrations: readonly Migration[] = [initial, datasets]
