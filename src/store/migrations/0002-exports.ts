import type { Migration } from '../migrator'

/** Files that were made from runs, with what the last check of each found. */
export const exportedFiles: Migration = {
  version: 2,
  name: 'exports',
  up: (transaction) =>
    transaction.exec(`
      CREATE TABLE exports (
        id                INTEGER PRIMARY KEY,
        run               INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
        format            TEXT NOT NULL,
        file              TEXT NOT NULL UNIQUE,
        sha256            TEXT NOT NULL,
        size              TEXT NOT NULL,
        checkpoint_sha256 TEXT NOT NULL,
        created_at        INTEGER NOT NULL,
        verification      TEXT
      ) STRICT;
      CREATE INDEX exports_by_run ON exports (run, id);
      CREATE INDEX exports_by_sha256 ON exports (sha256);
    `),
}
