import type { ImageFinding } from '../../contract/dataset-entities'
import type { ImageFacts } from '../../contract/image-service'

/** Shorter sides below this hold little that could be recognised; smaller images are common only in packed sets. */
export const TINY_SIDE = 16
/** Standard deviation of grey, 0..1, below which an image is of one colour. */
const BLANK_CONTRAST = 0.01
/** Longer side divided by shorter one. */
export const EXTREME_ASPECT = 5

/** What is wrong with an image by itself. */
export function findingsOf({ problem, misnamed, width, height, contrast }: ImageFacts): ImageFinding[] {
  if (problem !== null) return ['unreadable']
  const shorter = Math.min(width, height)
  const found: [ImageFinding, boolean][] = [
    ['wrong-extension', misnamed],
    ['tiny', shorter < TINY_SIDE],
    ['blank', contrast < BLANK_CONTRAST],
    ['extreme-aspect', Math.max(width, height) > EXTREME_ASPECT * shorter],
  ]
  return found.flatMap(([finding, isTrue]) => (isTrue ? [finding] : []))
}
