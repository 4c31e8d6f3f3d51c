import type { DatasetSummary } from '../contract/dataset-entities'
import type { EngineClient } from '../contract/engine-client'
import { StudioError } from '../contract/errors'

/** The data set with this id, name or folder, or the only one whose id or name begins so. Rejects with NOT_FOUND or BAD_INPUT. */
export async function findDataset(client: EngineClient, given: string): Promise<DatasetSummary> {
  const { datasets } = await client.call('data.list', {})
  const exact = datasets.filter(({ id, name, folder }) => id === given || name === given || folder === given)
  const found = exact.length > 0 ? exact : datasets.filter(({ id, name }) => id.startsWith(given) || name.startsWith(given))
  const [only] = found
  if (only === undefined) throw new StudioError('NOT_FOUND', `No data set is called "${given}". "data list" shows those there are.`)
  if (found.length > 1) throw new StudioError('BAD_INPUT', `"${given}" fits ${found.length} data sets: ${found.slice(0, 5).map(({ id, name }) => `${id} (${name})`).join(', ')}. Give more of the id.`)
  return only
}
