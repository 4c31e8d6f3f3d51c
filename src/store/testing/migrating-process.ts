import { migrations } from '../migrations/index'
import type { Migration } from '../migrator'
import { openStore } from '../store'

/*
 * A process that brings a database up to date, slowly enough to be killed in the middle of it. Argument: the file.
 * It says `migrating` when it begins to change something and `done` when all is written.
 */
const ROWS = 60_000

/** A step that rewrites a large table: half of it done would show. */
export const slowMigration: Migration = {
  version: migrations.length + 1,
  name: 'slow',
  async up(transaction) {
    process.stdout.write('migrating\n')
    await transaction.exec('CREATE TABLE copied (number INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT')
    for (let from = 0; from < ROWS; from += 500) {
      await transaction.run(
        'INSERT INTO copied SELECT value, hex(randomblob(100)) FROM (WITH RECURSIVE n(value) AS (SELECT ?1 UNION ALL SELECT value + 1 FROM n WHERE value < ?2) SELECT value FROM n)',
        [from, from + 499],
      )
      await transaction.run('UPDATE metrics SET value = value + 1 WHERE step >= ? AND step < ?', [from, from + 500])
    }
  },
}

const [file = ''] = process.argv.slice(2)
const store = await openStore(file, [...migrations, slowMigration])
await store.close()
process.stdout.write('done\n')
