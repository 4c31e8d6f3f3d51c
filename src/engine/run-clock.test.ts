import { expect, it } from 'vitest'
import { createRunClock } from './run-clock'

const valuesAt = (clock: ReturnType<typeof createRunClock>, step: number): (number | null)[] => clock.points(step).flatMap(({ values }) => values)

it('counts on from the age and the work of earlier lives, and stands while the trainer waits', () => {
  let time = 50_000
  const clock = createRunClock(100, 20, () => time)
  expect(valuesAt(clock, 1)).toEqual([100, 20])
  clock.go()
  time += 3_000
  expect(valuesAt(clock, 2)).toEqual([103, 23])
  clock.pause()
  time += 60_000
  expect(valuesAt(clock, 3)).toEqual([163, 23])
})

it('does not ask the clock that people set', () => {
  const real = Date.now
  try {
    const clock = createRunClock(5, 1)
    clock.go()
    Date.now = () => real() - 3_600_000
    const [wall, worked] = valuesAt(clock, 1)
    expect(wall).toBeGreaterThanOrEqual(5)
    expect(wall).toBeLessThan(60)
    expect(worked).toBeLessThan(60)
  } finally {
    Date.now = real
  }
})
