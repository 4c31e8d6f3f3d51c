import { createRequire } from 'node:module'
import type * as jpegTurbo from '@julusian/jpeg-turbo'
import { StudioError } from '../../contract/errors'
import { installation } from '../../util/installation'
import type { Pixels } from '../pixels'
import { checkDimensions, unreadable } from '../unreadable'
import { decodeFourComponents } from './four-components'
import { type JpegHeader, MARKER } from './header'

const END_MARK = Buffer.of(0xff, MARKER.eoi)
const SCAN_MARK = Buffer.of(0xff, MARKER.sos)

type JpegTurbo = typeof jpegTurbo

/** Decoding four components is done here, with all coefficients in memory. */
const FOUR_COMPONENT_COST = 4

/** Decodes JPEG files. The pixels are valid until the next call. */
export interface JpegDecoder {
  decode(file: Buffer, header: JpegHeader): Pixels
}

/**
 * RGB of a JPEG. libjpeg-turbo decodes, with its fast inverse cosine transform (the binding offers no other), so values may differ from
 * Pillow's by a few levels; CMYK and YCCK, which it cannot turn into RGB, go to `four-components.ts`. Throws `unreadable`.
 */
export function createJpegDecoder(): JpegDecoder {
  let turbo: JpegTurbo | null = null
  let scratch = Buffer.alloc(0)
  return {
    decode(file, header) {
      const { width, height, components } = header
      checkDimensions(width, height, components === 4 ? FOUR_COMPONENT_COST : 1)
      if (components === 4) return decodeFourComponents(file, header.adobeTransform)
      turbo ??= loadTurbo()
      const size = width * height * 3
      // Memory with some to spare: sizes differ from file to file, and every new buffer is cleared.
      if (scratch.length < size) scratch = Buffer.alloc(size + (size >> 2))
      const lastRow = scratch.subarray(size - width * 3, size)
      if (!isDecoded(turbo, file, scratch)) recover(turbo, file, scratch, lastRow)
      return { width, height, data: scratch }
    },
  }
}

function isDecoded(turbo: JpegTurbo, file: Buffer, target: Buffer): boolean {
  try {
    turbo.decompressSync(file, target, { format: turbo.FORMAT_RGB })
    return true
  } catch {
    // The binding has lost libjpeg's message by the time it throws, so `recover` looks for itself.
    return false
  }
}

/**
 * The binding also fails when libjpeg only warns of stray bytes or damaged stretches and has decoded on to the end. Pillow takes such images
 * unless they are cut off, and so does this: every row must have been written, and the end mark must be there.
 */
function recover(turbo: JpegTurbo, file: Buffer, target: Buffer, lastRow: Buffer): void {
  const lastRowAfter = (fill: number): Buffer => {
    lastRow.fill(fill)
    isDecoded(turbo, file, target)
    return Buffer.from(lastRow)
  }
  if (!lastRowAfter(0).equals(lastRowAfter(255))) throw unreadable('its data is damaged and cannot be decoded')
  if (file.lastIndexOf(END_MARK) < file.lastIndexOf(SCAN_MARK)) throw unreadable('it ends in the middle of its data')
}

/** Loaded when the first JPEG is read: who trains on other files does without. */
export function loadTurbo(): JpegTurbo {
  try {
    return createRequire(import.meta.url)('@julusian/jpeg-turbo') as JpegTurbo
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause)
    throw new StudioError(
      'RUNTIME_MISSING',
      `JPEG files cannot be read, because the package @julusian/jpeg-turbo does not load: ${detail}. ${installation().repair}`,
      { cause },
    )
  }
}
