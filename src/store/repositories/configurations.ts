import { z } from 'zod'
import { ConfigVersion } from '../../contract/configurations'
import { StudioError } from '../../contract/errors'
import type { Reader, Transaction } from '../database'

/** A configuration of the person's own, with its newest version. */
const ConfigurationRow = z.object({ id: z.string(), name: z.string(), version: z.int(), text: z.string(), updatedAt: z.int() })
export type StoredConfiguration = z.infer<typeof ConfigurationRow>

const SELECT = `SELECT c.id, c.name, v.version, v.text, v.created_at AS updatedAt
  FROM configurations AS c JOIN configuration_versions AS v ON v.configuration = c.number
  WHERE v.version = (SELECT max(version) FROM configuration_versions WHERE configuration = c.number)`

const notFound = (id: string): StudioError =>
  new StudioError('NOT_FOUND', `There is no configuration "${id}" in this workspace. See the list of configurations for the ones there are.`)

export interface ConfigurationRepository {
  /** Those that were not removed, newest version first. */
  list(): Promise<StoredConfiguration[]>
  /** Also a removed one. Rejects with NOT_FOUND. */
  get(id: string): Promise<StoredConfiguration>
  /** Newest first. */
  versions(id: string): Promise<ConfigVersion[]>
  insert(transaction: Transaction, configuration: { id: string; name: string; text: string; createdAt: number }): Promise<void>
  /** Adds a version and answers its number. Rejects with NOT_FOUND. */
  addVersion(transaction: Transaction, id: string, text: string, createdAt: number): Promise<number>
  rename(transaction: Transaction, id: string, name: string): Promise<void>
  /** `at` null brings it back. */
  setRemoved(transaction: Transaction, id: string, at: number | null): Promise<void>
}

export function createConfigurationRepository(reader: Reader): ConfigurationRepository {
  const change = async (transaction: Transaction, id: string, set: string, value: string | number | null): Promise<void> => {
    const { changes } = await transaction.run(`UPDATE configurations SET ${set} = ? WHERE id = ?`, [value, id])
    if (changes === 0) throw notFound(id)
  }
  return {
    async list() {
      return z.array(ConfigurationRow).parse(await reader.all(`${SELECT} AND c.removed_at IS NULL ORDER BY v.created_at DESC, c.number DESC`))
    },
    async get(id) {
      const row = await reader.get(`${SELECT} AND c.id = ?`, [id])
      if (row === null) throw notFound(id)
      return ConfigurationRow.parse(row)
    },
    async versions(id) {
      const rows = await reader.all(
        `SELECT version, text, created_at AS createdAt FROM configuration_versions
         WHERE configuration = (SELECT number FROM configurations WHERE id = ?) ORDER BY version DESC`,
        [id],
      )
      return z.array(ConfigVersion).parse(rows)
    },
    async insert(transaction, { id, name, text, createdAt }) {
      const { lastId } = await transaction.run('INSERT INTO configurations (id, name) VALUES (?, ?)', [id, name])
      await transaction.run('INSERT INTO configuration_versions (configuration, version, text, created_at) VALUES (?, 1, ?, ?)', [
        lastId,
        text,
        createdAt,
      ])
    },
    async addVersion(transaction, id, text, createdAt) {
      const row = await transaction.get(
        `SELECT c.number, max(v.version) AS version FROM configurations AS c JOIN configuration_versions AS v ON v.configuration = c.number
         WHERE c.id = ? GROUP BY c.number`,
        [id],
      )
      if (row === null) throw notFound(id)
      const version = Number(row['version']) + 1
      await transaction.run('INSERT INTO configuration_versions (configuration, version, text, created_at) VALUES (?, ?, ?, ?)', [
        Number(row['number']),
        version,
        text,
        createdAt,
      ])
      return version
    },
    rename: (transaction, id, name) => change(transaction, id, 'name', name),
    setRemoved: (transaction, id, at) => change(transaction, id, 'removed_at', at),
  }
}
