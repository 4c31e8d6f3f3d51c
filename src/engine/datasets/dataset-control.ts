import { rm } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import type { DatasetSummary, SplitFolder } from '../../contract/dataset-entities'
import { StudioError, toErrorShape } from '../../contract/errors'
import type { ImageService } from '../../contract/image-service'
import type { DatasetRecord } from '../../store/repositories/datasets'
import type { Store } from '../../store/store'
import { exists } from '../../util/exists'
import type { Logger } from '../../util/logger'
import { createDatasetFeed, type DatasetFeed } from './dataset-feed'
import { type IndexProgress, type IndexRun, startIndexRun } from './index-run'
import { datasetFolder, openThumbnailPack, type ThumbnailPack } from './thumbnail-pack'

export interface DatasetControlDeps {
  readonly workspace: string
  readonly store: Store
  readonly logger: Logger
  readonly now: () => number
  readonly newId: () => string
  /** Absent in a program that looks at no images. */
  readonly images: ImageService | undefined
}

/** Data sets and their indexing; one is indexed at a time. */
export interface DatasetControl {
  readonly feed: DatasetFeed
  /** What was being indexed when an earlier engine ended can be gone on with. */
  recover(): Promise<void>
  service(): ImageService
  summary(id: string): Promise<DatasetSummary>
  list(): Promise<DatasetSummary[]>
  add(input: { folder: string; layout: DatasetRecord['layout']; splits: readonly SplitFolder[]; name: string | null }): Promise<string>
  index(id: string, anew: boolean): Promise<void>
  cancel(id: string): Promise<void>
  relink(id: string, folder: string): Promise<void>
  remove(id: string): Promise<void>
  thumbnails(id: string, images: readonly number[]): Promise<(Uint8Array | null)[]>
  close(): Promise<void>
}

interface Active {
  readonly abort: AbortController
  run: IndexRun | null
  progress: IndexProgress
  ended: Promise<void>
}

const SAMPLE = 40

export function createDatasetControl({ workspace, store, logger, now, newId, images }: DatasetControlDeps): DatasetControl {
  const active = new Map<string, Active>()
  const packs = new Map<string, ThumbnailPack>()
  let turn: Promise<void> = Promise.resolve()

  const packOf = (id: string): ThumbnailPack => {
    const known = packs.get(id) ?? openThumbnailPack(workspace, id)
    packs.set(id, known)
    return known
  }
  const service = (): ImageService => {
    if (images === undefined) throw new StudioError('RUNTIME_MISSING', 'This program cannot read images. Use the FracBits Studio app or the command fracbits.')
    return images
  }

  const toSummary = async (record: DatasetRecord): Promise<DatasetSummary> => {
    const { id, name, layout, folder, splits, status, statusReason, createdAt, indexedAt, sums, normalisation, bytes, excluded, troubled, classes } = record
    const progress = active.get(id)?.progress ?? null
    return {
      ...{ id, name, layout, folder, splits, status, statusReason, createdAt, indexedAt, bytes, excluded, troubled, classes, normalisation, progress },
      available: await exists(folder),
      images: progress?.phase === 'listing' ? progress.done : record.images,
      splitCounts: { train: record.train, validation: record.validation, all: record.undivided },
      measured: sums.count === 0 ? null : measuredOf(sums),
    }
  }
  const summary = async (id: string): Promise<DatasetSummary> => toSummary(await store.datasets.get(id))
  const feed = createDatasetFeed(summary)

  const settle = async (id: string, outcome: { status: DatasetRecord['status']; statusReason: string | null; indexedAt?: number }): Promise<void> => {
    active.delete(id)
    try {
      await store.transaction(async (t) => {
        await store.datasets.update(t, id, outcome)
        await store.datasets.recount(t, id)
      })
      feed.changed(id)
    } catch (error) {
      logger.error('the end of indexing was not recorded', { id, error: String(error) })
    }
  }

  const begin = (id: string): void => {
    const images = service()
    const abort = new AbortController()
    const entry: Active = { abort, run: null, progress: { phase: 'listing', done: 0, total: 0, perSecond: 0 }, ended: Promise.resolve() }
    active.set(id, entry)
    const work = async (): Promise<void> => {
      try {
        if (abort.signal.aborted) throw new StudioError('CANCELLED', 'Indexing was cancelled.')
        const onProgress = (progress: IndexProgress): void => {
          entry.progress = progress
          feed.changed(id)
        }
        entry.run = startIndexRun({ id, store, images, pack: packOf(id), signal: abort.signal, now, onProgress })
        await entry.run.finished
        await settle(id, { status: 'ready', statusReason: null, indexedAt: now() })
      } catch (error) {
        const { code, message } = toErrorShape(error)
        if (code !== 'CANCELLED') logger.error('indexing failed', { id, error: error instanceof Error ? (error.stack ?? message) : message })
        if (code === 'NOT_FOUND') active.delete(id)
        else await settle(id, code === 'CANCELLED' ? { status: 'cancelled', statusReason: 'Indexing was cancelled.' } : { status: 'failed', statusReason: message })
      }
    }
    entry.ended = turn = turn.then(work)
  }

  const stop = async (id: string): Promise<void> => {
    const entry = active.get(id)
    entry?.abort.abort()
    await entry?.ended
  }

  return {
    feed,
    service,
    summary,
    async recover() {
      for (const { id, status } of await store.datasets.list())
        if (status === 'indexing')
          await store.transaction(async (t) => {
            await store.datasets.update(t, id, { status: 'cancelled', statusReason: 'The program ended while it was indexing. Go on where it stopped.' })
            await store.datasets.recount(t, id)
          })
    },
    list: async () => Promise.all((await store.datasets.list()).map(toSummary)),

    async add({ folder: given, layout, splits, name }) {
      service()
      const folder = resolve(given)
      const same = (await store.datasets.list()).find((dataset) => dataset.folder === folder && dataset.layout === layout)
      if (same !== undefined) throw new StudioError('CONFLICT', `The folder ${folder} is in the list already, as "${same.name}". Open it there, or index it again.`)
      if (!(await exists(folder))) throw new StudioError('DATA_MISSING', `The folder ${folder} does not exist or may not be read. Choose another one.`)
      const id = newId()
      await store.transaction((t) => store.datasets.insert(t, { id, name: name ?? basename(folder), layout, folder, splits: [...splits], createdAt: now() }))
      begin(id)
      feed.changed(id)
      return id
    },

    async index(id, anew) {
      const { status } = await store.datasets.get(id)
      if (active.has(id)) throw new StudioError('CONFLICT', 'This data set is being indexed already. Wait for its end, or cancel it first.')
      await store.transaction((t) => store.datasets.update(t, id, { status: 'indexing', statusReason: null, ...(anew || status === 'ready' ? { listed: false } : {}) }))
      begin(id)
      feed.changed(id)
    },
    async cancel(id) {
      await store.datasets.get(id)
      await stop(id)
    },

    async relink(id, given) {
      const folder = resolve(given)
      const record = await store.datasets.get(id)
      await stop(id)
      const isPacked = record.layout !== 'split-folders' && record.layout !== 'class-folders'
      if (isPacked) {
        const { choices, folder: inner } = await service().recognise(folder)
        if (!choices.some(({ layout }) => layout === record.layout)) throw otherFiles(folder, record.name)
        return relinked(id, inner)
      }
      const sample = await store.images.sample(record.number, SAMPLE)
      const there = await Promise.all(sample.map((path) => exists(join(folder, path))))
      if (there.filter(Boolean).length * 2 < sample.length || !(await exists(folder))) throw otherFiles(folder, record.name)
      return relinked(id, folder)
    },

    async remove(id) {
      await store.datasets.get(id)
      await stop(id)
      await packOf(id).close()
      packs.delete(id)
      await store.transaction((t) => store.datasets.remove(t, id))
      await rm(datasetFolder(workspace, id), { recursive: true, force: true })
      feed.removed(id)
    },

    async thumbnails(id, wanted) {
      const { number } = await store.datasets.get(id)
      const places = new Map((await store.images.thumbnails(number, wanted)).map((place) => [place.image, place]))
      const missing = wanted.filter((image) => places.get(image)?.size === 0)
      if (missing.length > 0) active.get(id)?.run?.prefer(missing)
      const pack = packOf(id)
      return Promise.all(
        wanted.map(async (image) => {
          const place = places.get(image)
          return place === undefined || place.size === 0 ? null : pack.read(place.at, place.size)
        }),
      )
    },

    async close() {
      const ending = [...active.values()]
      for (const { abort } of ending) abort.abort()
      await images?.close()
      await Promise.all(ending.map(({ ended }) => ended))
      for (const pack of packs.values()) await pack.close()
    },
  }

  async function relinked(id: string, folder: string): Promise<void> {
    await store.transaction((t) => store.datasets.update(t, id, { folder }))
    feed.changed(id)
  }
}

const otherFiles = (folder: string, name: string): StudioError =>
  new StudioError('CONFLICT', `${folder} does not hold the files of "${name}". Choose the folder they were moved to, or add this one as another data set.`)

function measuredOf({ count, mean, square }: DatasetRecord['sums']): DatasetSummary['measured'] {
  const means = mean.map((value) => value / count)
  return { mean: means, std: square.map((value, channel) => Math.sqrt(Math.max(0, value / count - (means[channel] ?? 0) ** 2))) }
}
