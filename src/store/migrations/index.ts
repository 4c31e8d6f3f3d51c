import type { Migration } from '../migrator'
import { initial } from './0001-initial'

/** In order; add the next one at the end. */
export const migrations: readonly Migration[] = [initial]
