import type { ImageStore } from './image-store'

type Split = 'train' | 'validation'

/** Name of an image in the data set: of a folder its path (`train/ant/0.jpg`), of a packed set its split and place. */
export const packedName = (split: Split, place: number): string => `${split}/${String(place).padStart(6, '0')}`

/** Whether an image is left out; `place` counts the images of the split as they are listed. */
export type IsExcluded = (split: Split, name: string, place: number) => boolean

/** Names of images that a person excluded. */
export function excludedByName(names: readonly string[]): IsExcluded | undefined {
  if (names.length === 0) return undefined
  const all = new Set(names)
  return (_split, name) => all.has(name)
}

/** Places of validation images that a run left out. */
export function excludedByPlace(places: readonly number[]): IsExcluded | undefined {
  if (places.length === 0) return undefined
  const all = new Set(places)
  return (split, _name, place) => split === 'validation' && all.has(place)
}

/** What stays of a split, in order, and the places of what does not. */
export interface KeptImages {
  readonly kept: readonly number[]
  readonly excluded: readonly number[]
}

export function keptImages(split: Split, count: number, nameOf: (place: number) => string, isExcluded: IsExcluded | undefined): KeptImages {
  const places = Array.from({ length: count }, (_, place) => place)
  if (isExcluded === undefined) return { kept: places, excluded: [] }
  const excluded = places.filter((place) => isExcluded(split, nameOf(place), place))
  const out = new Set(excluded)
  return { kept: places.filter((place) => !out.has(place)), excluded }
}

/** Some images of a store, in shared memory of their own. */
export function imagesAt(store: ImageStore, places: readonly number[]): ImageStore {
  const bytes = store.height * store.width * store.channels
  const pixels = new Uint8Array(new SharedArrayBuffer(places.length * bytes))
  const labels = new Uint8Array(new SharedArrayBuffer(places.length))
  places.forEach((place, index) => {
    pixels.set(store.pixels.subarray(place * bytes, (place + 1) * bytes), index * bytes)
    labels[index] = store.labels[place] ?? 0
  })
  return { ...store, count: places.length, pixels, labels }
}
