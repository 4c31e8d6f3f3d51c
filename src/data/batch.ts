/** One batch of images in memory that a worker filled. */
export interface Batch {
  /** [size, height, width, channels], 0 to 255; lies in shared memory: read it before `release`. */
  readonly images: Uint8Array
  /** [size]; -1 marks a place without an image: after the last one of a split, or (never in training) where a file could not be used. */
  readonly labels: Int32Array
  /** Position of the batch in its epoch. */
  readonly step: number
  /** Gives the memory back to the loader. Must be called exactly once. */
  release(): void
}

/** Batches of one epoch (or one pass over a split), prepared ahead by workers. */
export interface BatchLoader {
  /** Number of batches from step 0. */
  readonly steps: number
  /** The next batch, or null at the end. Rejects with a StudioError when a file can't be read. */
  next(): Promise<Batch | null>
  /** Milliseconds that `next` has kept its callers waiting so far. */
  readonly waitedMs: number
  close(): Promise<void>
}

export interface ImageSetInfo {
  readonly count: number
  /** Name in the data set of the image at a place in a pass: of a folder its path, of a packed set its split and place. */
  readonly nameOf: (index: number) => string
  /** Places, in the split as it is listed, of the images that were left out because a person excluded them. */
  readonly excluded: readonly number[]
  readonly channels: number
  readonly height: number
  readonly width: number
}

/** An opened data set; pixel statistics are per channel on the 0..1 scale. */
export interface Dataset {
  readonly name: string
  readonly train: ImageSetInfo
  readonly validation: ImageSetInfo
  readonly classNames: readonly string[]
  readonly mean: readonly number[]
  readonly std: readonly number[]
  /** Image files that could not be used so far, each counted once. */
  readonly skipped: number
  /**
   * Shuffled, augmented training batches. Order and augmentation depend on (seed, epoch, position) only,
   * so that starting at `startStep` gives exactly the batches an uninterrupted epoch would have given.
   * A last partial batch is dropped. In the place of a file that cannot be used comes another image, drawn from the same numbers.
   */
  trainEpoch(options: {
    batchSize: number
    seed: number
    epoch: number
    startStep: number
    augmentation: boolean
    /** False keeps the images in file order. Absent shuffles. */
    shuffled?: boolean
  }): BatchLoader
  /** Every image of a split once, in file order, not augmented; the last batch is padded with label -1. `limit` stops after so many images. */
  pass(options: { split: 'train' | 'validation'; batchSize: number; limit?: number }): BatchLoader
  close(): Promise<void>
}
