import { shallowRef, triggerRef, type ShallowRef } from 'vue'
import type { DatasetImage, ImageFilter, ImageOrder } from '../../../src/contract/dataset-entities'
import { StudioError, toErrorShape } from '../../../src/contract/errors'
import type { EngineSession } from '../engine/engine-session'

const PAGE = 200
/** Pages that stay in memory: the facts of 12,000 images. */
const KEPT_PAGES = 60

export interface ImageQuery {
  readonly datasetId: string
  readonly filter: ImageFilter
  readonly order: ImageOrder
}

/** A long list of images of which only the pages that are looked at are fetched. */
export interface ImageWindow {
  readonly total: Readonly<ShallowRef<number>>
  /** Images that pass the filter, by class. */
  readonly classes: Readonly<ShallowRef<readonly number[]>>
  readonly error: Readonly<ShallowRef<StudioError | null>>
  /** False until the first answer. */
  readonly loaded: Readonly<ShallowRef<boolean>>
  /** Known facts by place in the list. */
  at(place: number): DatasetImage | null
  /** Raised whenever `at` may answer otherwise. */
  readonly version: Readonly<ShallowRef<number>>
  /** Asks anew; what is shown stays until the first page is there. */
  ask(query: ImageQuery, around?: number): Promise<void>
  /** Fetches what lacks in a range, and gives up requests for pages outside it. */
  show(first: number, last: number): void
  close(): void
}

interface Page {
  readonly images: readonly DatasetImage[] | null
  readonly abort: AbortController
}

export function createImageWindow(session: EngineSession): ImageWindow {
  const total = shallowRef(0)
  const classes = shallowRef<readonly number[]>([])
  const error = shallowRef<StudioError | null>(null)
  const loaded = shallowRef(false)
  const version = shallowRef(0)
  let pages = new Map<number, Page>()
  let query: ImageQuery | null = null
  let asking = new AbortController()

  const changed = (): void => {
    version.value++
    triggerRef(version)
  }
  const failed = (cause: unknown): void => {
    const shape = toErrorShape(cause)
    if (shape.code !== 'ENGINE_GONE' && shape.code !== 'CANCELLED') error.value = new StudioError(shape.code, shape.message)
  }
  const pageOf = (of: ImageQuery, number: number, signal: AbortSignal) =>
    session.call('data.images', { datasetId: of.datasetId, filter: of.filter, order: of.order, offset: number * PAGE, limit: PAGE }, { signal })

  const load = async (of: ImageQuery, number: number): Promise<void> => {
    const abort = new AbortController()
    pages.set(number, { images: null, abort })
    const mine = pages
    try {
      const { images } = await pageOf(of, number, abort.signal)
      mine.set(number, { images, abort })
      for (const old of [...mine.keys()].slice(0, Math.max(0, mine.size - KEPT_PAGES))) mine.delete(old)
      if (mine === pages) changed()
    } catch (cause) {
      mine.delete(number)
      if (!abort.signal.aborted) failed(cause)
    }
  }

  const abortAll = (): void => {
    asking.abort()
    for (const { abort } of pages.values()) abort.abort()
  }

  return {
    total,
    classes,
    error,
    loaded,
    version,
    at: (place) => pages.get(Math.floor(place / PAGE))?.images?.[place % PAGE] ?? null,
    async ask(next, around = 0) {
      abortAll()
      const mine = (asking = new AbortController())
      const number = Math.floor(around / PAGE)
      try {
        const { datasetId, filter } = next
        const [counts, first] = await Promise.all([session.call('data.counts', { datasetId, filter }, { signal: mine.signal }), pageOf(next, number, mine.signal)])
        if (mine.signal.aborted) return
        query = next
        pages = new Map([[number, { images: first.images, abort: mine }]])
        total.value = counts.total
        classes.value = counts.classes
        error.value = null
        loaded.value = true
        changed()
      } catch (cause) {
        if (!mine.signal.aborted) failed(cause)
      }
    },
    show(first, last) {
      if (query === null) return
      const [from, to] = [Math.floor(first / PAGE), Math.floor(Math.max(first, last - 1) / PAGE)]
      for (const [number, { images, abort }] of pages)
        if (images === null && (number < from || number > to)) {
          abort.abort()
          pages.delete(number)
        }
      for (let number = from; number <= to; number++) if (!pages.has(number) && number * PAGE < total.value) void load(query, number)
    },
    close: abortAll,
  }
}
