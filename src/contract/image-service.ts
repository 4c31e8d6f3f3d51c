import type { ChannelStatistics, DatasetLayout, DatasetSplit, NetworkViews, RecognisedFolder, SplitFolder } from './dataset-entities'

/** Where a data set's images are and how they lie. */
export interface DatasetSource {
  readonly layout: DatasetLayout
  readonly folder: string
  readonly splits: readonly SplitFolder[]
}

export interface ListedImage {
  /** Relative to the folder, with /; of a packed set `train/000017`. */
  readonly path: string
  readonly split: DatasetSplit
  readonly label: number
}

export interface Listing {
  readonly classNames: readonly string[]
  /** What training normalises with. */
  readonly normalisation: ChannelStatistics
  /** A line for each file or folder that is left out. */
  readonly notices: readonly string[]
}

/** What was found out about one image. */
export interface ImageFacts {
  /** Why it cannot be used; completes "Left out <file>: ...". Null for a good one. */
  readonly problem: string | null
  readonly bytes: number
  readonly width: number
  readonly height: number
  readonly format: string
  /** Whether the name promises another format than the file holds. */
  readonly misnamed: boolean
  /** First 16 bytes of the SHA-256 of the file (of a packed set: of its pixels), in hexadecimal. */
  readonly hash: string
  /** 64 bits that similar images share, in hexadecimal; empty for an unreadable one. */
  readonly likeness: string
  /** Mean and mean square of each channel on the 0..1 scale. */
  readonly mean: readonly number[]
  readonly square: readonly number[]
  /** Mean and standard deviation of grey, 0..1. */
  readonly brightness: number
  readonly contrast: number
  /** JPEG; null for an unreadable one. */
  readonly thumbnail: Uint8Array | null
}

/** An image that may resemble others: its 64 bits, and its thumbnail to make sure. */
export interface Likeness {
  readonly image: number
  readonly bits: string
  readonly at: number
  readonly length: number
}

export interface ImageFile {
  readonly type: 'image/jpeg' | 'image/png'
  readonly bytes: Uint8Array
  /** Whether it is smaller than the original. */
  readonly reduced: boolean
}

/** Work on images that would hold up an event loop; done in threads. Each method rejects with a StudioError. */
export interface ImageService {
  /** Tasks that can be worked on at a time. */
  readonly threads: number
  recognise(folder: string): Promise<RecognisedFolder>
  /** Hands on the images part by part while the folders are read. */
  list(source: DatasetSource, onImages: (images: readonly ListedImage[]) => void, signal: AbortSignal): Promise<Listing>
  /** Never rejects because of a file: what is wrong with it is a fact. */
  read(source: DatasetSource, paths: readonly string[]): Promise<ImageFacts[]>
  /** Pairs of images that look the same although their bytes differ. */
  compare(images: readonly Likeness[], thumbnails: string, signal: AbortSignal): Promise<(readonly [number, number])[]>
  open(source: DatasetSource, path: string): Promise<ImageFile>
  views(source: DatasetSource, path: string, options: { readonly size: number; readonly draws: number; readonly seed: number }): Promise<NetworkViews>
  close(): Promise<void>
}
