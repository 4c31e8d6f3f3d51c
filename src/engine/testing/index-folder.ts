import type { DatasetSummary } from '../../contract/dataset-entities'
import type { EngineClient } from '../../contract/engine-client'

/** Adds a folder as it is recognised; the id of its data set, which begins to be indexed. */
export async function addFolder(client: EngineClient, given: string): Promise<string> {
  const { folder, choices, problem } = await client.call('data.recognise', { folder: given })
  const [choice] = choices
  if (choice === undefined) throw new Error(problem ?? 'nothing recognised')
  return (await client.call('data.add', { folder, layout: choice.layout, splits: choice.splits })).datasetId
}

/** What a data set is like once its indexing has ended. */
export async function indexed(client: EngineClient, datasetId: string): Promise<DatasetSummary> {
  const abort = new AbortController()
  const events = client.open('data.events', {}, { signal: abort.signal })
  try {
    const first = await client.call('data.get', { datasetId })
    if (first.status !== 'indexing') return first
    for await (const event of events) if (event.type === 'changed' && event.dataset.id === datasetId && event.dataset.status !== 'indexing') return event.dataset
    throw new Error('the events ended')
  } finally {
    abort.abort()
  }
}
