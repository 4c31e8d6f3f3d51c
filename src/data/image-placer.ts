import type { RandomStream } from '../util/random'

/** Where the random crop and flip of one image come from. */
export interface Draw {
  readonly random: RandomStream
  /** Position of the image in its epoch. */
  readonly position: number
}

/** Brings single images of a split into a batch. */
export interface ImagePlacer {
  readonly count: number
  /** Writes an image to `target` [height, width, channels], which is black, and returns its class. Throws DATA_CORRUPT for a file that cannot be used. */
  place(index: number, target: Uint8Array, draw: Draw | null): number
  /** How a person finds the image. */
  nameOf(index: number): string
}
