import type { Migration } from '../migrator'
import { initial } from './0001-initial'
import { configurations } from './0002-configurations'

/** In order; add the next one at the end. */
export const migrations: readonly Migration[] = [initial, configurations]
