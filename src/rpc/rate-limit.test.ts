import { expect, it } from 'vitest'
import { createRateLimit } from './rate-limit'

it('lets a burst through, then so many a second, and never saves up more than a burst', () => {
  let time = 0
  const limit = createRateLimit(3, 2, () => time)
  const passed = (): number => Array.from({ length: 10 }, () => limit.take()).filter(Boolean).length
  expect(passed()).toBe(3)
  time += 1000
  expect([passed(), limit.hasRoom()]).toEqual([2, false])
  time += 3_600_000
  expect(passed()).toBe(3)
})
