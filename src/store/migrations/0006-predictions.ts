import type { Migration } from '../migrator'

/** What models of runs said of single images. Made from files in the runs' folders when they are first asked for. */
export const predictions: Migration = {
  version: 6,
  name: 'predictions',
  up: (transaction) =>
    transaction.exec(`
      CREATE TABLE evaluations (
        number  INTEGER PRIMARY KEY,
        dataset INTEGER NOT NULL REFERENCES datasets (number) ON DELETE CASCADE,
        run     INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
        kind    TEXT NOT NULL,
        -- tells the file that it was made from, and the index of images
        stamp   TEXT NOT NULL,
        UNIQUE (dataset, run, kind)
      ) STRICT;
      CREATE INDEX evaluations_by_run ON evaluations (run);

      CREATE TABLE predictions (
        evaluation INTEGER NOT NULL REFERENCES evaluations (number) ON DELETE CASCADE,
        image      INTEGER NOT NULL,
        predicted  INTEGER NOT NULL,
        confidence REAL NOT NULL,
        margin     REAL NOT NULL,
        PRIMARY KEY (evaluation, image)
      ) STRICT, WITHOUT ROWID;
    `),
}
