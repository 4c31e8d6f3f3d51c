import type { Migration } from '../migrator'

/** Where a run runs that does not run on this machine: its job of a Slurm cluster as JSON (`SlurmRecord` of the contract); NULL for all others. */
export const clusterJobs: Migration = {
  version: 9,
  name: 'cluster jobs',
  up: (transaction) => transaction.exec('ALTER TABLE runs ADD COLUMN slurm TEXT'),
}
