import { shallowRef, toValue, type MaybeRefOrGetter, type ShallowRef } from 'vue'
import type { DatasetSummary } from '../../../src/contract/dataset-entities'
import { StudioError, toErrorShape } from '../../../src/contract/errors'
import { useStream } from '../engine/use-stream'

export interface LiveDatasets {
  readonly datasets: Readonly<ShallowRef<readonly DatasetSummary[]>>
  readonly loaded: Readonly<ShallowRef<boolean>>
  readonly error: Readonly<ShallowRef<StudioError | null>>
}

/** The data sets of the workspace, newest first, as they change; of one only when its id is given. */
export function useDatasets(only: MaybeRefOrGetter<string | null> = null): LiveDatasets {
  const datasets = shallowRef<readonly DatasetSummary[]>([])
  const loaded = shallowRef(false)
  const error = shallowRef<StudioError | null>(null)
  useStream(
    'data.events',
    {},
    {
      onOpen(client, signal) {
        const id = toValue(only)
        const asked = id === null ? client.call('data.list', {}, { signal }).then((answer) => answer.datasets) : client.call('data.get', { datasetId: id }, { signal }).then((dataset) => [dataset])
        asked.then(
          (found) => {
            datasets.value = found
            loaded.value = true
            error.value = null
          },
          (cause: unknown) => {
            const shape = toErrorShape(cause)
            if (!signal.aborted && shape.code !== 'ENGINE_GONE') error.value = new StudioError(shape.code, shape.message)
          },
        )
      },
      onEvent(event) {
        const id = toValue(only)
        if (event.type === 'removed') datasets.value = datasets.value.filter((dataset) => dataset.id !== event.datasetId)
        else if (id === null || event.dataset.id === id) {
          const others = datasets.value.filter((dataset) => dataset.id !== event.dataset.id)
          datasets.value = [...others, event.dataset].sort((a, b) => (a.id < b.id ? 1 : -1))
        }
      },
    },
  )
  return { datasets, loaded, error }
}
