import { shallowRef, triggerRef, type ShallowRef } from 'vue'
import { toErrorShape } from '../../../src/contract/errors'
import type { EngineSession } from '../engine/engine-session'

const BATCH = 48
/** Batches that may be on their way; more would only queue before what is looked at next. */
const MOST_UNDER_WAY = 3
/** Pictures kept as object addresses: about 12 MB of JPEG. */
const KEPT = 3000

/** Thumbnails by image number, fetched in batches while they are on screen; what was scrolled past is not fetched any more. */
export interface Thumbnails {
  /** Address of the picture; null while there is none. */
  url(image: number): string | null
  readonly version: Readonly<ShallowRef<number>>
  want(images: readonly number[]): void
  /** Asks again for those that did not exist yet. */
  retry(): void
  clear(): void
  close(): void
}

export function createThumbnails(session: EngineSession, datasetId: string): Thumbnails {
  const version = shallowRef(0)
  const urls = new Map<number, string>()
  const absent = new Set<number>()
  const underWay = new Map<AbortController, readonly number[]>()
  let wanted: readonly number[] = []

  const fetchBatch = async (batch: readonly number[]): Promise<void> => {
    const abort = new AbortController()
    underWay.set(abort, batch)
    try {
      const { thumbnails } = await session.call('data.thumbnails', { datasetId, images: [...batch] }, { signal: abort.signal })
      for (const [index, image] of batch.entries()) {
        const bytes = thumbnails[index]
        if (bytes === null || bytes === undefined) absent.add(image)
        else keep(image, URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type: 'image/jpeg' })))
      }
      version.value++
      triggerRef(version)
    } catch (error) {
      const { code } = toErrorShape(error)
      // Without a connection, or for a data set that is gone, there is nothing to show; the page says so elsewhere.
      if (code !== 'CANCELLED' && code !== 'ENGINE_GONE') for (const image of batch) absent.add(image)
    } finally {
      underWay.delete(abort)
      fetchMore()
    }
  }

  const keep = (image: number, url: string): void => {
    const old = urls.get(image)
    if (old !== undefined) URL.revokeObjectURL(old)
    urls.set(image, url)
    if (urls.size <= KEPT) return
    const shown = new Set(wanted)
    for (const [number, address] of urls) {
      if (urls.size <= KEPT * 0.8) break
      if (shown.has(number)) continue
      URL.revokeObjectURL(address)
      urls.delete(number)
    }
  }

  const fetchMore = (): void => {
    const asked = new Set([...underWay.values()].flat())
    const missing = wanted.filter((image) => !urls.has(image) && !absent.has(image) && !asked.has(image))
    for (let at = 0; at < missing.length && underWay.size < MOST_UNDER_WAY; at += BATCH) void fetchBatch(missing.slice(at, at + BATCH))
  }

  const clear = (): void => {
    for (const abort of underWay.keys()) abort.abort()
    for (const url of urls.values()) URL.revokeObjectURL(url)
    urls.clear()
    absent.clear()
  }

  return {
    version,
    url: (image) => urls.get(image) ?? null,
    want(images) {
      wanted = images
      const shown = new Set(images)
      for (const [abort, batch] of underWay) if (!batch.some((image) => shown.has(image))) abort.abort()
      fetchMore()
    },
    retry() {
      absent.clear()
      fetchMore()
    },
    clear,
    close: () => {
      wanted = []
      clear()
    },
  }
}
