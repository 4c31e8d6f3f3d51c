import type { Migration } from '../migrator'

/** What pulled at the bit-widths, as means over short spans of steps. */
export const widthGradients: Migration = {
  version: 7,
  name: 'width gradients',
  up: (transaction) =>
    transaction.exec(`
      -- task, size: little-endian float32, one per quantizer of the run; means over first_step to step
      CREATE TABLE width_gradients (
        run        INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
        step       INTEGER NOT NULL,
        first_step INTEGER NOT NULL,
        task       BLOB NOT NULL,
        size       BLOB NOT NULL,
        PRIMARY KEY (run, step)
      ) STRICT, WITHOUT ROWID;
    `),
}
