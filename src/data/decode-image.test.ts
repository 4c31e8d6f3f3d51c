import { describe, expect, it } from 'vitest'
import { createImageDecoder } from './decode-image'
import { difference, fixtureFile, recorded, recordedNames } from './testing/pillow-fixtures'

const likePillow = createImageDecoder({ applyExifOrientation: false, scaleGrey16: false })
const upright = createImageDecoder({ applyExifOrientation: true, scaleGrey16: true })
const files = (kind: RegExp): string[] => recordedNames.filter((name) => kind.test(name) && !name.startsWith('orientation'))

/** By how much libjpeg-turbo's fast inverse transform differs from the exact one that Pillow uses, on noisy pictures: levels of 255. */
const FAST_TRANSFORM = { largest: 8, mean: 2 }

describe('decoding', () => {
  it.each(files(/\.png$/))('%s gives the bytes of Pillow', (name) => {
    expect(difference(likePillow(fixtureFile(name)), recorded(name)).largest).toBe(0)
  })

  it.each(files(/(420|422|444-progressive|grey|stray-bytes)\.jpg$/))('%s is near to Pillow', (name) => {
    const found = difference(likePillow(fixtureFile(name)), recorded(name))
    expect(found.largest).toBeLessThanOrEqual(FAST_TRANSFORM.largest)
    expect(found.mean).toBeLessThan(FAST_TRANSFORM.mean)
  })

  it.each([
    ['cmyk.jpg', 1],
    ['cmyk-progressive.jpg', 1],
    ['cmyk-restart.jpg', 1],
    // The colours are rounded once more on their way.
    ['ycck.jpg', 2],
    // Reduced components are repeated where Pillow smooths them, and this picture is noise.
    ['cmyk-reduced.jpg', 32],
  ])('%s differs from Pillow by at most %i', (name, largest) => {
    expect(difference(likePillow(fixtureFile(name)), recorded(name)).largest).toBeLessThanOrEqual(largest)
  })

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('orientation %i is applied on demand only', (orientation) => {
    const name = `orientation-${orientation}.jpg`
    expect(difference(likePillow(fixtureFile(name)), recorded('unturned')).largest).toBeLessThanOrEqual(FAST_TRANSFORM.largest)
    expect(difference(upright(fixtureFile(name)), recorded(name)).largest).toBeLessThanOrEqual(FAST_TRANSFORM.largest)
  })
})

const png = (): Buffer => fixtureFile('rgb-8.png')
const changed = (file: Buffer, at: number, value: number): Buffer => {
  const copy = Buffer.from(file)
  copy[at] = value
  return copy
}

describe('files that cannot be used', () => {
  it.each([
    ['nothing', () => Buffer.alloc(0), /is empty/],
    ['text', () => Buffer.from('GIF89a and so on'), /neither a JPEG nor a PNG/],
    ['half a PNG', () => png().subarray(0, png().length / 2), /middle of its data/],
    ['a PNG with another checksum', () => changed(png(), png().length - 30, 7), /checksum of its part "IDAT"/],
    ['only the signature of a PNG', () => png().subarray(0, 8), /header is missing/],
    ['half a JPEG', () => fixtureFile('420.jpg').subarray(0, fixtureFile('420.jpg').length / 2), /middle of its data/],
    ['a JPEG up to its header', () => fixtureFile('420.jpg').subarray(0, 60), /middle of its data/],
    ['half a CMYK JPEG', () => fixtureFile('cmyk.jpg').subarray(0, fixtureFile('cmyk.jpg').length / 2), /middle of its data/],
    ['a JPEG of 60,000 pixels each way', () => withJpegSize(60_000), /60000 x 60000 pixels; at most 89,478,485/],
    ['a JPEG without height', () => withJpegSize(0), /0 x 0 pixels/],
  ])('%s is refused with the reason', (_, file, reason) => {
    expect(() => likePillow(file())).toThrow(expect.objectContaining({ code: 'DATA_CORRUPT', message: expect.stringMatching(reason) }))
  })

  it('no cut makes anything but an image or a refusal', () => {
    for (const name of ['420.jpg', 'cmyk.jpg', 'cmyk-progressive.jpg', 'rgb-16-interlaced.png', 'palette-4.png']) {
      const file = fixtureFile(name)
      for (let length = 0; length < file.length; length += 41) {
        try {
          likePillow(file.subarray(0, length))
        } catch (error) {
          expect(error).toMatchObject({ code: 'DATA_CORRUPT' })
        }
      }
    }
  })

  it('no changed byte makes anything but an image or a refusal', () => {
    for (const name of ['420.jpg', 'cmyk.jpg', 'cmyk-progressive.jpg', 'ycck.jpg', 'rgb-16-interlaced.png']) {
      const file = fixtureFile(name)
      for (let at = 2; at < file.length; at += 7) {
        try {
          likePillow(changed(file, at, ((file[at] ?? 0) ^ 0x55) & 0xff))
        } catch (error) {
          expect(error).toMatchObject({ code: 'DATA_CORRUPT' })
        }
      }
    }
  })
})

/** A JPEG whose header claims another size. */
function withJpegSize(edge: number): Buffer {
  const file = Buffer.from(fixtureFile('420.jpg'))
  const frame = file.indexOf(Buffer.of(0xff, 0xc0))
  file.writeUInt16BE(edge, frame + 5)
  file.writeUInt16BE(edge, frame + 7)
  return file
}
