import type { Migration } from '../migrator'

/** The person's own configurations with their history, unsaved texts, and which configuration a run was started with. */
export const configurations: Migration = {
  version: 3,
  name: 'configurations',
  up: (transaction) =>
    transaction.exec(`
      CREATE TABLE configurations (
        number     INTEGER PRIMARY KEY,
        id         TEXT NOT NULL UNIQUE,
        name       TEXT NOT NULL,
        removed_at INTEGER
      ) STRICT;

      CREATE TABLE configuration_versions (
        configuration INTEGER NOT NULL REFERENCES configurations (number) ON DELETE CASCADE,
        version       INTEGER NOT NULL,
        text          TEXT NOT NULL,
        created_at    INTEGER NOT NULL,
        PRIMARY KEY (configuration, version)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE drafts (
        key        TEXT PRIMARY KEY,
        text       TEXT NOT NULL,
        updated_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;

      ALTER TABLE runs ADD COLUMN configuration TEXT;
      CREATE INDEX runs_by_configuration ON runs (configuration, id);
    `),
}
