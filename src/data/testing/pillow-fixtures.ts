import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Pixels } from '../pixels'

const folder = join(import.meta.dirname, '../fixtures')
const places = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Record<string, { width: number; height: number; start: number }>
const pixels = gunzipSync(readFileSync(join(folder, 'expected.rgb.gz')))

/** Names of what Pillow recorded: files, and `resize [left, top, right, bottom] [width, height]` of picture.png. */
export const recordedNames = Object.keys(places)

export const fixtureFile = (name: string): Buffer => readFileSync(join(folder, name))

/** What Pillow made of a fixture. */
export function recorded(name: string): Pixels {
  const place = places[name]
  if (place === undefined) throw new Error(`nothing is recorded for ${name}`)
  const { width, height, start } = place
  return { width, height, data: pixels.subarray(start, start + width * height * 3) }
}

/** Largest and mean difference of two images' values. */
export function difference(a: Pixels, b: Pixels): { readonly largest: number; readonly mean: number } {
  if (a.width !== b.width || a.height !== b.height) throw new Error(`${a.width} x ${a.height} is not ${b.width} x ${b.height}`)
  const count = a.width * a.height * 3
  let largest = 0
  let sum = 0
  for (let at = 0; at < count; at++) {
    const distance = Math.abs((a.data[at] ?? 0) - (b.data[at] ?? 0))
    largest = Math.max(largest, distance)
    sum += distance
  }
  return { largest, mean: sum / count }
}
