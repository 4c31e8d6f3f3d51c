/** A decoded image: RGB, 8 bits a channel. */
export interface Pixels {
  readonly width: number
  readonly height: number
  /** [height, width, 3]; may be longer than the image. */
  readonly data: Uint8Array
}

/** A rectangle of whole pixels. */
export interface Box {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** Size of the images in a batch. */
export interface ImageShape {
  readonly channels: number
  readonly height: number
  readonly width: number
}
