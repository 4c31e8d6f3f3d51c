import { randomBytes } from 'node:crypto'

const TIME_CHARACTERS = 9
const RANDOM_CHARACTERS = 5

/**
 * Makes ids of 14 base-36 characters that sort by time: milliseconds since 1970, then chance.
 * Ids of one source strictly increase, also within a millisecond and when the clock is set back.
 */
export function createIdSource(now: () => number = Date.now): () => string {
  let lastTime = 0
  return () => {
    lastTime = Math.max(lastTime + 1, now())
    const random = (randomBytes(4).readUInt32BE() % 36 ** RANDOM_CHARACTERS).toString(36).padStart(RANDOM_CHARACTERS, '0')
    return lastTime.toString(36).padStart(TIME_CHARACTERS, '0') + random
  }
}
