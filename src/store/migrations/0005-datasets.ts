import type { Migration } from '../migrator'

/** Data sets that a person added, and the index of their images. */
export const datasets: Migration = {
  version: 5,
  name: 'datasets',
  up: (transaction) =>
    transaction.exec(`
      CREATE TABLE datasets (
        number        INTEGER PRIMARY KEY,
        id            TEXT NOT NULL UNIQUE,
        name          TEXT NOT NULL,
        layout        TEXT NOT NULL,
        folder        TEXT NOT NULL,
        splits        TEXT NOT NULL,
        status        TEXT NOT NULL,
        status_reason TEXT,
        created_at    INTEGER NOT NULL,
        indexed_at    INTEGER,
        listed        INTEGER NOT NULL DEFAULT 0,
        class_names   TEXT NOT NULL DEFAULT '[]',
        notices       TEXT NOT NULL DEFAULT '[]',
        normalisation TEXT NOT NULL,
        -- sums over the training images that were read: count, mean and mean square per channel
        sums          TEXT NOT NULL DEFAULT '{"count":0,"mean":[],"square":[]}',
        images        INTEGER NOT NULL DEFAULT 0,
        train         INTEGER NOT NULL DEFAULT 0,
        validation    INTEGER NOT NULL DEFAULT 0,
        undivided     INTEGER NOT NULL DEFAULT 0,
        done          INTEGER NOT NULL DEFAULT 0,
        bytes         INTEGER NOT NULL DEFAULT 0,
        excluded      INTEGER NOT NULL DEFAULT 0,
        troubled      INTEGER NOT NULL DEFAULT 0
      ) STRICT;

      -- image: its place in the data set; split: 0 train, 1 validation, 2 all; state: 0 waiting, 1 read, 2 unreadable
      CREATE TABLE images (
        dataset    INTEGER NOT NULL REFERENCES datasets (number) ON DELETE CASCADE,
        image      INTEGER NOT NULL,
        path       TEXT NOT NULL,
        name       TEXT NOT NULL,
        split      INTEGER NOT NULL,
        label      INTEGER NOT NULL,
        state      INTEGER NOT NULL DEFAULT 0,
        bytes      INTEGER NOT NULL DEFAULT 0,
        width      INTEGER NOT NULL DEFAULT 0,
        height     INTEGER NOT NULL DEFAULT 0,
        format     TEXT NOT NULL DEFAULT '',
        hash       TEXT NOT NULL DEFAULT '',
        likeness   TEXT NOT NULL DEFAULT '',
        brightness REAL NOT NULL DEFAULT 0,
        problem    TEXT,
        -- where its thumbnail is in the data set's file of thumbnails
        thumb_at   INTEGER NOT NULL DEFAULT 0,
        thumb_size INTEGER NOT NULL DEFAULT 0,
        -- images that look the same share it
        alike      INTEGER,
        excluded   INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (dataset, image)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX images_by_class ON images (dataset, label, image);
      CREATE INDEX images_by_name ON images (dataset, name, image);
      CREATE INDEX images_by_bytes ON images (dataset, bytes, image);
      CREATE INDEX images_by_state ON images (dataset, state, image);
      CREATE INDEX images_by_hash ON images (dataset, hash);
      CREATE INDEX images_excluded ON images (dataset, excluded, image) WHERE excluded = 1;

      CREATE TABLE image_findings (
        dataset INTEGER NOT NULL REFERENCES datasets (number) ON DELETE CASCADE,
        finding TEXT NOT NULL,
        image   INTEGER NOT NULL,
        PRIMARY KEY (dataset, finding, image)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX findings_by_image ON image_findings (dataset, image);
    `),
}
