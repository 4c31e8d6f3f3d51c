import { StudioError } from '../contract/errors'

/** Images with more pixels are refused before they are decoded: a crafted header must not fill the memory. Pillow warns from here on. */
export const MAX_PIXELS = 89_478_485

/** An image file that cannot be used; `reason` completes "Left out <file>: ...". Loaders skip the file and say so. */
export function unreadable(reason: string, cause?: unknown): StudioError {
  return new StudioError('DATA_CORRUPT', reason, cause === undefined ? {} : { cause })
}

export const isUnreadable = (error: unknown): error is StudioError => error instanceof StudioError && error.code === 'DATA_CORRUPT'

/** Throws when an image is empty or absurdly large; `cost` is the memory a pixel takes compared with an ordinary one. */
export function checkDimensions(width: number, height: number, cost = 1): void {
  if (width === 0 || height === 0) throw unreadable(`its header says ${width} x ${height} pixels`)
  if (width * height * cost > MAX_PIXELS)
    throw unreadable(`it has ${width} x ${height} pixels; at most ${Math.floor(MAX_PIXELS / cost).toLocaleString('en')} are read`)
}
