import type { DatasetSummary } from '../contract/dataset-entities'
import type { EngineClient } from '../contract/engine-client'
import { StudioError } from '../contract/errors'
import type { CliContext } from './context'
import { indexLine } from './output/dataset-text'

/** Shows how indexing goes on until it has ended; the first Ctrl-C cancels it. Gives the data set's last state. */
export async function followIndex(context: CliContext, client: EngineClient, id: string, json: boolean): Promise<DatasetSummary> {
  const { err, out } = context.io
  const stop = new AbortController()
  const release = context.onInterrupt(() => void client.call('data.cancel', { datasetId: id }).catch(() => undefined))
  const isTerminal = err.isTTY === true
  const show = (dataset: DatasetSummary): void => {
    if (dataset.progress === null) return
    if (json) out.write(`${JSON.stringify({ type: 'progress', datasetId: id, ...dataset.progress })}\n`)
    else if (isTerminal) err.write(`\r\x1b[K${indexLine(dataset.progress)}`)
  }
  try {
    const events = client.open('data.events', {}, { signal: stop.signal })
    // Subscribed before asking: its end is in the answer or among the events.
    let dataset = await client.call('data.get', { datasetId: id })
    if (dataset.status !== 'indexing') return dataset
    show(dataset)
    for await (const event of events) {
      if (event.type === 'removed' && event.datasetId === id) throw new StudioError('NOT_FOUND', 'The data set was removed while it was being indexed.')
      if (event.type !== 'changed' || event.dataset.id !== id) continue
      dataset = event.dataset
      if (dataset.status !== 'indexing') return dataset
      show(dataset)
    }
    throw new StudioError('ENGINE_GONE', 'The engine has ended the connection.')
  } finally {
    release()
    stop.abort()
    if (isTerminal && !json) err.write('\r\x1b[K')
  }
}
