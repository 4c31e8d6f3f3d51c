import { access } from 'node:fs/promises'
import type { ImageFacts, ImageService, ListedImage } from '../../contract/image-service'
import type { IndexPhase } from '../../contract/dataset-entities'
import { StudioError } from '../../contract/errors'
import type { ChannelSums } from '../../store/repositories/datasets'
import type { StoredFacts } from '../../store/repositories/images'
import type { Store } from '../../store/store'
import { groupAlike } from './alike-images'
import { findingsOf } from './image-findings'
import type { ThumbnailPack } from './thumbnail-pack'

/** Images that a thread reads for one answer: some tenths of a second. */
const BATCH = 48

export interface IndexProgress {
  readonly phase: IndexPhase
  readonly done: number
  readonly total: number
  readonly perSecond: number
}

export interface IndexRunOptions {
  readonly id: string
  readonly store: Store
  readonly images: ImageService
  readonly pack: ThumbnailPack
  readonly signal: AbortSignal
  readonly now: () => number
  onProgress(progress: IndexProgress): void
}

export interface IndexRun {
  /** Resolves when everything is indexed; rejects with CANCELLED, or with what makes going on useless. */
  readonly finished: Promise<void>
  /** Reads these first: somebody looks at them. */
  prefer(images: readonly number[]): void
}

/** Lists a data set's images unless that was done, reads those that were not read yet, and compares all of them. */
export function startIndexRun(options: IndexRunOptions): IndexRun {
  const preferred: number[] = []
  return {
    finished: index(options, preferred),
    prefer: (wanted) => {
      preferred.splice(0, preferred.length, ...wanted)
    },
  }
}

async function index(options: IndexRunOptions, preferred: number[]): Promise<void> {
  const { id, store } = options
  if (!(await store.datasets.get(id)).listed) await list(options)
  await read(options, preferred)
  await compare(options)
}

const checkCancelled = (signal: AbortSignal): void => {
  if (signal.aborted) throw new StudioError('CANCELLED', 'Indexing was cancelled.')
}

async function list({ id, store, images, pack, signal, now, onProgress }: IndexRunOptions): Promise<void> {
  const dataset = await store.datasets.get(id)
  const kept = await store.images.excludedPaths(dataset.number)
  await pack.clear()
  await store.transaction(async (t) => {
    await store.images.clear(t, dataset.number)
    await store.datasets.update(t, id, { sums: { count: 0, mean: [], square: [] } })
    await store.datasets.recount(t, id)
  })
  const began = now()
  let total = 0
  let writing: Promise<void> = Promise.resolve()
  const add = (part: readonly ListedImage[]): void => {
    const first = total
    total += part.length
    writing = writing.then(() => store.transaction((t) => store.images.append(t, dataset.number, first, part)))
    // Its failure is thrown below; until then it must not count as unhandled.
    writing.catch(() => undefined)
    onProgress({ phase: 'listing', done: total, total, perSecond: (1000 * total) / Math.max(1, now() - began) })
  }
  const { classNames, notices, normalisation } = await images.list(dataset, add, signal)
  await writing
  checkCancelled(signal)
  await store.transaction(async (t) => {
    await store.images.excludePaths(t, dataset.number, kept)
    await store.datasets.update(t, id, { classNames, notices, normalisation, listed: true })
    await store.datasets.recount(t, id)
  })
}

async function read(options: IndexRunOptions, preferred: number[]): Promise<void> {
  const { id, store, images, signal, now, onProgress } = options
  const dataset = await store.datasets.get(id)
  const { number, images: total } = dataset
  let { done } = dataset
  const [began, before] = [now(), done]
  const taken = new Set<number>()
  let supply: { image: number; path: string }[] = []
  let writing: Promise<void> = Promise.resolve()

  const nextBatch = async (): Promise<{ image: number; path: string }[]> => {
    const wanted = preferred.splice(0, BATCH)
    const first = wanted.length === 0 ? [] : (await store.images.waitingAmong(number, wanted)).filter(({ image }) => !taken.has(image))
    if (first.length === 0 && supply.length < BATCH) supply = (await store.images.waiting(number, 20 * BATCH + taken.size)).filter(({ image }) => !taken.has(image))
    const batch = first.length > 0 ? first : supply.splice(0, BATCH).filter(({ image }) => !taken.has(image))
    for (const { image } of batch) taken.add(image)
    return batch
  }
  // One after another: two threads that asked at the same time would get the same images.
  let asking: Promise<unknown> = Promise.resolve()
  const next = (): Promise<{ image: number; path: string }[]> => {
    const turn = asking.then(nextBatch)
    asking = turn.catch(() => undefined)
    return turn
  }

  const work = async (): Promise<void> => {
    for (let batch = await next(); batch.length > 0; batch = await next()) {
      checkCancelled(signal)
      const facts = await images.read(dataset, batch.map(({ path }) => path))
      if (facts.every(({ problem }) => problem !== null)) await checkStillThere(dataset.folder)
      writing = writing.then(() => recordFacts(options, number, batch, facts))
      await writing
      for (const { image } of batch) taken.delete(image)
      done += batch.length
      onProgress({ phase: 'reading', done, total, perSecond: (1000 * (done - before)) / Math.max(1, now() - began) })
    }
  }
  onProgress({ phase: 'reading', done, total, perSecond: 0 })
  await Promise.all(Array.from({ length: images.threads }, work))
  checkCancelled(signal)
}

/** A drive that was unplugged does not make every image unreadable. */
async function checkStillThere(folder: string): Promise<void> {
  try {
    await access(folder)
  } catch (cause) {
    throw new StudioError('DATA_MISSING', `The folder ${folder} went away while its images were read. Put it back, or say where it is now, and go on.`, { cause })
  }
}

async function recordFacts({ id, store, pack }: IndexRunOptions, dataset: number, batch: readonly { readonly image: number; readonly path: string }[], facts: readonly ImageFacts[]): Promise<void> {
  const thumbnails = facts.map(({ thumbnail }) => thumbnail ?? new Uint8Array(0))
  const places = await pack.append(thumbnails)
  const stored = facts.map((fact, index): StoredFacts => ({ ...fact, image: batch[index]?.image ?? -1, thumbAt: places[index] ?? 0, thumbSize: thumbnails[index]?.length ?? 0, findings: findingsOf(fact) }))
  const splits = await store.images.splits(dataset, stored.map(({ image }) => image))
  const { sums } = await store.datasets.get(id)
  const training = facts.filter((fact, index) => fact.problem === null && splits.get(batch[index]?.image ?? -1) !== 1)
  await store.transaction(async (t) => {
    await store.images.record(t, dataset, stored)
    await store.datasets.update(t, id, { sums: training.reduce(addFacts, sums) })
  })
}

const addFacts = (sums: ChannelSums, { mean, square }: ImageFacts): ChannelSums => ({
  count: sums.count + 1,
  mean: mean.map((value, channel) => value + (sums.mean[channel] ?? 0)),
  square: square.map((value, channel) => value + (sums.square[channel] ?? 0)),
})

async function compare({ id, store, images, pack, signal, onProgress }: IndexRunOptions): Promise<void> {
  const { number, images: total } = await store.datasets.get(id)
  onProgress({ phase: 'comparing', done: total, total, perSecond: 0 })
  const equal = await store.images.equalGroups(number)
  const pairs = await images.compare(await store.images.likenesses(number), pack.file, signal)
  checkCancelled(signal)
  const concerned = [...new Set([...equal.flat(), ...pairs.flat()])]
  const splits = await store.images.splits(number, concerned)
  const found = groupAlike(equal, pairs, (image) => splits.get(image) ?? -1)
  await store.transaction(async (t) => {
    await store.images.setGroups(t, number, found)
    await store.datasets.recount(t, id)
  })
}
