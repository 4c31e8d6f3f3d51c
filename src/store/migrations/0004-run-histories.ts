import type { Migration } from '../migrator'
import { ALL_BUCKETS_SQL, ALL_SUMMARIES_SQL } from '../metric-rollup'
import { CONFIG_VALUES_SQL, RESULT_VALUES_SQL } from '../run-values'

/**
 * What people add to runs, what runs are filtered and sorted by, and the coarse copies of long curves.
 * `run_values` has one row for each leaf of a run's configuration and result; `metric_summaries` one for each series of a run;
 * `metric_buckets` one for each 256 steps of a series, with the smallest, the largest and the last point of them.
 */
export const runHistories: Migration = {
  version: 4,
  name: 'run histories',
  up: (transaction) =>
    transaction.exec(`
      ALTER TABLE runs ADD COLUMN notes TEXT NOT NULL DEFAULT '';
      ALTER TABLE runs ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
      ALTER TABLE runs ADD COLUMN starred INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE runs ADD COLUMN archived_at INTEGER;
      ALTER TABLE runs ADD COLUMN binned_at INTEGER;
      ALTER TABLE runs ADD COLUMN parent TEXT;
      ALTER TABLE runs ADD COLUMN parent_step INTEGER;
      ALTER TABLE runs ADD COLUMN repeats TEXT;
      ALTER TABLE runs ADD COLUMN frozen_step INTEGER;
      ALTER TABLE runs ADD COLUMN queue_place REAL;
      -- Holds all that the table of runs is usually filtered by, so that it need not read past configurations and results.
      CREATE INDEX runs_by_shelf ON runs (binned_at, archived_at, id, status, name, model, dataset, created_at, started_at, ended_at,
        target_rate, starred, tags, repeats, frozen_step, phase, notes);
      CREATE INDEX runs_by_repeats ON runs (repeats) WHERE repeats IS NOT NULL;

      CREATE TABLE run_keys (
        number INTEGER PRIMARY KEY,
        key    TEXT NOT NULL UNIQUE
      ) STRICT;
      CREATE TABLE run_values (
        key   INTEGER NOT NULL REFERENCES run_keys (number),
        run   INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
        value ANY,
        PRIMARY KEY (key, run)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX run_values_by_run ON run_values (run);
      ${CONFIG_VALUES_SQL};
      ${RESULT_VALUES_SQL};

      CREATE TABLE metric_buckets (
        run      INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
        series   INTEGER NOT NULL REFERENCES series (number),
        bucket   INTEGER NOT NULL,
        count    INTEGER NOT NULL,
        low      REAL, low_step REAL,
        high     REAL, high_step REAL,
        last     REAL, last_step REAL NOT NULL,
        PRIMARY KEY (run, series, bucket)
      ) STRICT, WITHOUT ROWID;
      ${ALL_BUCKETS_SQL};

      CREATE TABLE metric_summaries (
        series INTEGER NOT NULL REFERENCES series (number),
        run    INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
        last   REAL,
        low    REAL,
        high   REAL,
        at_freeze REAL,
        PRIMARY KEY (series, run)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX metric_summaries_by_run ON metric_summaries (run);
      ${ALL_SUMMARIES_SQL};

      CREATE TABLE queue (
        only   INTEGER PRIMARY KEY CHECK (only = 1),
        paused INTEGER NOT NULL
      ) STRICT;
      INSERT INTO queue VALUES (1, 0);

      CREATE TABLE saved_views (
        id         INTEGER PRIMARY KEY,
        kind       TEXT NOT NULL,
        name       TEXT NOT NULL,
        state      TEXT NOT NULL,
        updated_at INTEGER NOT NULL,
        UNIQUE (kind, name)
      ) STRICT;
    `),
}
