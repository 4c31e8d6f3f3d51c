import type { RandomStream } from '../util/random'
import { roundHalfEven } from '../util/round-half-even'
import type { Box } from './pixels'

/** Random numbers a training image may use: 10 tries of two, two for the place, one for the flip, and some to spare. */
export const DRAWS_PER_IMAGE = 32

const TRIES = 10
const AREA = [0.08, 1] as const
const RATIO = [3 / 4, 4 / 3] as const

interface Size {
  readonly width: number
  readonly height: number
}

/**
 * torchvision's RandomResizedCrop with its defaults: the part of an image that is resized to the network's input. 8 to 100 % of the area at
 * an aspect ratio of 3/4 to 4/3 (uniform in its logarithm); after ten misses the largest centred part with an allowed ratio (spec 11).
 * Uses draws `draw` to `draw` + 21 of `random`.
 */
export function randomResizedCrop({ width, height }: Size, random: RandomStream, draw: number): Box {
  const [lowest, highest] = [Math.log(RATIO[0]), Math.log(RATIO[1])]
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const area = width * height * (AREA[0] + random.uniform(draw + 2 * attempt) * (AREA[1] - AREA[0]))
    const ratio = Math.exp(lowest + random.uniform(draw + 2 * attempt + 1) * (highest - lowest))
    const wanted = { width: roundHalfEven(Math.sqrt(area * ratio)), height: roundHalfEven(Math.sqrt(area / ratio)) }
    if (wanted.width < 1 || wanted.height < 1 || wanted.width > width || wanted.height > height) continue
    const top = random.below(draw + 2 * TRIES, height - wanted.height + 1)
    const left = random.below(draw + 2 * TRIES + 1, width - wanted.width + 1)
    return { left, top, ...wanted }
  }
  return fallbackCrop({ width, height })
}

/** What RandomResizedCrop takes when no random crop fitted. */
export function fallbackCrop({ width, height }: Size): Box {
  const ratio = width / height
  // At least one pixel: of a line of single pixels the original would take a crop without any, and fail.
  const inner =
    ratio < RATIO[0]
      ? { width, height: Math.max(roundHalfEven(width / RATIO[0]), 1) }
      : ratio > RATIO[1]
        ? { width: Math.max(roundHalfEven(height * RATIO[1]), 1), height }
        : { width, height }
  return { left: (width - inner.width) >> 1, top: (height - inner.height) >> 1, ...inner }
}

/** Where the flip is drawn: half of the images are mirrored. */
export const isFlipped = (random: RandomStream, draw: number): boolean => random.uniform(draw + 2 * TRIES + 2) < 0.5

/**
 * torchvision's Resize(short side) and CenterCrop(side) for evaluation: the size of the whole resized image, and which part of it is kept.
 * The short side becomes trunc(side / 0.875): 256 for 224, 341 for 299.
 */
export function centreCrop({ width, height }: Size, side: number): { readonly resized: Size; readonly part: Box } {
  const short = Math.trunc(side / 0.875)
  const long = (edge: number, other: number): number => Math.trunc((short * edge) / other)
  const resized = width <= height ? { width: short, height: long(height, width) } : { width: long(width, height), height: short }
  const margin = (edge: number): number => roundHalfEven((edge - side) / 2)
  return { resized, part: { left: margin(resized.width), top: margin(resized.height), width: side, height: side } }
}
