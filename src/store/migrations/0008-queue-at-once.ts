import type { Migration } from '../migrator'

/** How many runs of the queue may train at a time. */
export const queueAtOnce: Migration = {
  version: 8,
  name: 'queue at once',
  up: (transaction) => transaction.exec('ALTER TABLE queue ADD COLUMN at_once INTEGER NOT NULL DEFAULT 1'),
}
