import type { Migration } from '../migrator'

/** Runs and everything they record. `runs.number` is the short key of the big tables; `id` is what the world sees. */
export const initial: Migration = {
  version: 1,
  name: 'initial',
  up: (transaction) =>
    transaction.exec(`
      CREATE TABLE runs (
        number        INTEGER PRIMARY KEY,
        id            TEXT NOT NULL UNIQUE,
        name          TEXT NOT NULL,
        model         TEXT NOT NULL,
        dataset       TEXT NOT NULL,
        status        TEXT NOT NULL,
        status_reason TEXT,
        phase         TEXT NOT NULL,
        step          INTEGER NOT NULL,
        total_steps   INTEGER NOT NULL,
        created_at    INTEGER NOT NULL,
        started_at    INTEGER,
        ended_at      INTEGER,
        target_rate   REAL,
        result        TEXT,
        config        TEXT NOT NULL,
        data_dir      TEXT NOT NULL,
        folder        TEXT NOT NULL,
        workers       INTEGER NOT NULL,
        quantizers    TEXT NOT NULL,
        environment   TEXT
      ) STRICT;
      CREATE INDEX runs_by_status ON runs (status, id);

      CREATE TABLE checkpoints (
        id         INTEGER PRIMARY KEY,
        run        INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
        step       INTEGER NOT NULL,
        phase      TEXT NOT NULL,
        file       TEXT NOT NULL,
        size_bytes INTEGER NOT NULL,
        sha256     TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        UNIQUE (run, file)
      ) STRICT;
      CREATE INDEX checkpoints_by_step ON checkpoints (run, step);

      CREATE TABLE series (
        number INTEGER PRIMARY KEY,
        key    TEXT NOT NULL UNIQUE
      ) STRICT;

      CREATE TABLE metrics (
        run    INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
        series INTEGER NOT NULL REFERENCES series (number),
        step   REAL NOT NULL,
        value  REAL,
        PRIMARY KEY (run, series, step)
      ) STRICT, WITHOUT ROWID;

      -- bits: little-endian float32, one per quantizer of the run
      CREATE TABLE widths (
        run  INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
        step INTEGER NOT NULL,
        bits BLOB NOT NULL,
        PRIMARY KEY (run, step)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE logs (
        run     INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
        seq     INTEGER NOT NULL,
        time    INTEGER NOT NULL,
        level   TEXT NOT NULL,
        message TEXT NOT NULL,
        PRIMARY KEY (run, seq)
      ) STRICT, WITHOUT ROWID;
    `),
}
