import type { AlikeImage } from '../../store/repositories/images'

/**
 * Joins images of equal bytes and pairs that look the same into groups, and says of each image whether it has a copy (or one that is nearly so)
 * within its split or across. `splitOf` of an image that is unknown is its own.
 */
export function groupAlike(equal: readonly (readonly number[])[], pairs: readonly (readonly [number, number])[], splitOf: (image: number) => number): AlikeImage[] {
  const parent = new Map<number, number>()
  const rootOf = (image: number): number => {
    let root = image
    for (let next = parent.get(root); next !== undefined && next !== root; next = parent.get(root)) root = next
    parent.set(image, root)
    return root
  }
  const join = (a: number, b: number): void => void parent.set(Math.max(rootOf(a), rootOf(b)), Math.min(rootOf(a), rootOf(b)))

  const found = new Map<string, AlikeImage>()
  const add = (image: number, finding: AlikeImage['finding']): void => void found.set(`${image} ${finding}`, { image, group: 0, finding })
  const equalTo = new Map<number, number>()
  for (const images of equal) {
    const [first = 0] = images
    const isAcross = new Set(images.map(splitOf)).size > 1
    for (const image of images) {
      join(first, image)
      equalTo.set(image, first)
      add(image, isAcross ? 'leak' : 'duplicate')
    }
  }
  for (const [a, b] of pairs) {
    if (equalTo.has(a) && equalTo.get(a) === equalTo.get(b)) continue
    join(a, b)
    const finding = splitOf(a) === splitOf(b) ? 'near-duplicate' : 'near-leak'
    add(a, finding)
    add(b, finding)
  }
  return [...found.values()].map((entry) => ({ ...entry, group: rootOf(entry.image) }))
}
