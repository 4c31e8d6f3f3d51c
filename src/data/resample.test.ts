import { describe, expect, it } from 'vitest'
import { createResampler } from './resample'
import { difference, recorded, recordedNames } from './testing/pillow-fixtures'

const resampler = createResampler()
const picture = recorded('picture.png')

describe('resize', () => {
  it.each(recordedNames.filter((name) => name.startsWith('resize')))('gives the bytes of Pillow: %s', (name) => {
    const [left = 0, top = 0, right = 0, bottom = 0, width = 0, height = 0] = [...name.matchAll(/\d+/g)].map(Number)
    const data = new Uint8Array(width * height * 3)
    const whole = { left: 0, top: 0, width, height }
    resampler.resize(picture, { crop: { left, top, width: right - left, height: bottom - top }, width, height, part: whole }, data)
    expect(difference({ width, height, data }, recorded(name)).largest).toBe(0)
  })

  it('makes a part of the result as it makes the whole', () => {
    const crop = { left: 0, top: 0, width: 61, height: 47 }
    const whole = recorded('resize [0, 0, 61, 47] [30, 23]')
    const part = { left: 4, top: 3, width: 20, height: 19 }
    const data = new Uint8Array(part.width * part.height * 3)
    resampler.resize(picture, { crop, width: 30, height: 23, part }, data)
    for (let y = 0; y < part.height; y++) {
      const row = (part.top + y) * 30 + part.left
      expect(data.subarray(y * 60, (y + 1) * 60)).toEqual(Uint8Array.from(whole.data.subarray(row * 3, (row + 20) * 3)))
    }
  })

  it('mirrors a part', () => {
    const resizing = { crop: { left: 5, top: 3, width: 50, height: 40 }, width: 30, height: 23, part: { left: 4, top: 3, width: 20, height: 19 } }
    const plain = new Uint8Array(20 * 19 * 3)
    const mirrored = new Uint8Array(20 * 19 * 3)
    resampler.resize(picture, resizing, plain)
    resampler.resize(picture, { ...resizing, isMirrored: true }, mirrored)
    const pixel = (image: Uint8Array, x: number, y: number) => [...image.subarray((y * 20 + x) * 3, (y * 20 + x) * 3 + 3)]
    for (let y = 0; y < 19; y++) for (let x = 0; x < 20; x++) expect(pixel(mirrored, x, y)).toEqual(pixel(plain, 19 - x, y))
  })
})
