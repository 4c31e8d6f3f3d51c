import { needsPredictions } from '../../contract/dataset-entities'
import type { Handlers } from '../../rpc/server-peer'
import { examine } from '../datasets/doctor'
import { createEvaluations } from '../datasets/evaluations'
import type { DatasetControl } from '../datasets/dataset-control'
import type { Group, ProcedureContext } from './context'

type DatasetMethods = Extract<keyof Handlers, `data.${string}`>

/** Data sets: what a person adds, looks at and takes images out of. */
export function datasetProcedures({ deps: { store } }: ProcedureContext, control: DatasetControl): Group<DatasetMethods> {
  const evaluations = createEvaluations(store)
  const numberOf = async (id: string): Promise<number> => (await store.datasets.get(id)).number
  return {
    'data.recognise': ({ folder }) => control.service().recognise(folder),
    'data.list': async () => ({ datasets: await control.list() }),
    'data.get': ({ datasetId }) => control.summary(datasetId),
    'data.add': async (input) => ({ datasetId: await control.add(input) }),
    async 'data.index'({ datasetId, anew }) {
      await control.index(datasetId, anew)
      return {}
    },
    async 'data.cancel'({ datasetId }) {
      await control.cancel(datasetId)
      return {}
    },
    async 'data.relink'({ datasetId, folder }) {
      await control.relink(datasetId, folder)
      return {}
    },
    async 'data.remove'({ datasetId }) {
      await control.remove(datasetId)
      return {}
    },
    async 'data.images'({ datasetId, filter, order, offset, limit }) {
      const dataset = await store.datasets.get(datasetId)
      const stored = await evaluations.storedFilter(dataset, filter)
      return { images: await store.images.page(dataset.number, stored, stored.evaluation === undefined && needsPredictions(order.by) ? { ...order, by: 'position' } : order, offset, limit) }
    },
    'data.evaluations': async ({ datasetId }) => ({ evaluations: await evaluations.list(await store.datasets.get(datasetId)) }),
    'data.evaluationsOf': ({ runId }) => evaluations.ofRun(runId),
    async 'data.counts'({ datasetId, filter }) {
      const dataset = await store.datasets.get(datasetId)
      const { number, classes } = dataset
      const stored = await evaluations.storedFilter(dataset, filter)
      const counts = await store.images.countByClass(number, stored)
      return { total: await store.images.count(number, stored), classes: Array.from({ length: classes }, (_, label) => counts.get(label) ?? 0) }
    },
    'data.classes': async ({ datasetId }) => ({ names: await store.datasets.classNames(datasetId) }),
    'data.thumbnails': async ({ datasetId, images }) => ({ thumbnails: await control.thumbnails(datasetId, images) }),
    async 'data.image'({ datasetId, image }) {
      const dataset = await store.datasets.get(datasetId)
      const path = await store.images.path(dataset.number, image)
      return { ...(await control.service().open(dataset, path)), path }
    },
    async 'data.views'({ datasetId, image, size, draws, seed }) {
      const dataset = await store.datasets.get(datasetId)
      return control.service().views(dataset, await store.images.path(dataset.number, image), { size, draws, seed })
    },
    'data.doctor': async ({ datasetId }) => ({ findings: await examine(store, datasetId) }),
    async 'data.exclude'({ datasetId, images, finding, excluded }) {
      const number = await numberOf(datasetId)
      const changed = await store.transaction(async (t) => {
        const byNumber = images.length === 0 ? 0 : await store.images.exclude(t, number, images, excluded)
        const byFinding = finding === null ? 0 : await store.images.excludeFinding(t, number, finding, excluded)
        await store.datasets.recount(t, datasetId)
        return byNumber + byFinding
      })
      control.feed.changed(datasetId)
      return { changed }
    },
    'data.events': (_, { signal }) => control.feed.subscribe(signal),
  }
}
