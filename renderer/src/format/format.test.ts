import { describe, expect, it } from 'vitest'
import { RUN_STATUSES } from '../../../src/contract/entities'
import { makeQuantizer } from '../test-support/scripted-engine'
import { modelSizeOf, roundHalfEven } from './bits'
import { formatBitsAsKilobytes, formatBytes, formatCount, formatLargeCount, formatPercent, formatRate, formatSignificant } from './numbers'
import { canContinue, canPause, canResume, canStop } from './run-words'
import { formatDuration, formatTimeLeft, formatWhen } from './time'

describe('numbers', () => {
  it('read as a person writes them, and a dash where nothing is known', () => {
    expect(formatCount(1_234_567)).toBe('1,234,567')
    expect([formatLargeCount(497_600_000), formatLargeCount(12_345_678_900), formatLargeCount(7), formatLargeCount(null)]).toEqual(['498M', '12.3G', '7', '–'])
    expect(formatPercent(91.4177)).toBe('91.42 %')
    expect(formatRate(1.5)).toBe('1.50×')
    expect(formatBytes(912_345_678)).toBe('870 MiB')
    expect(formatBytes(512)).toBe('512 B')
    expect(formatBitsAsKilobytes(268_000)).toBe('33.5 KB')
    expect([0, 0.00001234, 0.43211, 12.346, 12345.6].map(formatSignificant)).toEqual(['0', '1.23e-5', '0.4321', '12.35', '12,346'])
    expect([formatCount(null), formatPercent(Number.NaN), formatRate(undefined)]).toEqual(['–', '–', '–'])
  })
})

describe('time', () => {
  it('names at most two units', () => {
    expect([4, 200, 3900, 200_000].map(formatDuration)).toEqual(['4 s', '3 min 20 s', '1 h 05 min', '2 d 7 h'])
    expect(formatTimeLeft(123)).toBe('2 min 05 s left')
    expect(formatTimeLeft(null)).toBe('estimating time left')
  })

  it('says when something happened in relation to now', () => {
    const now = new Date(2026, 10, 24, 15, 0, 0).getTime()
    expect(formatWhen(now - 10_000, now)).toBe('just now')
    expect(formatWhen(now - 240_000, now)).toBe('4 min ago')
    expect(formatWhen(new Date(2026, 10, 24, 9, 5).getTime(), now)).toBe('today 09:05')
    expect(formatWhen(new Date(2025, 2, 3, 9, 5).getTime(), now)).toBe('3 Mar 2025 09:05')
  })
})

describe('bits', () => {
  it('rounds ties to the even width, as freezing does', () => {
    expect([4.5, 5.5, 7.5, 7.4999, 6.5001].map(roundHalfEven)).toEqual([4, 6, 8, 7, 7])
  })

  it('adds weights times bit-widths and leaves activations out', () => {
    const quantizers = [makeQuantizer('a', 'weight', 100), makeQuantizer('b', 'weight', 300), makeQuantizer('a', 'activation', 0)]
    expect(modelSizeOf(quantizers, [8, 4.4, 12])).toEqual({ bits: 2120, int8Bits: 3200, rate: 3200 / 2120, roundedRate: 3200 / 2000 })
  })
})

describe('what can be done with a run', () => {
  it('offers exactly the actions that its status allows', () => {
    const allowed = Object.fromEntries(RUN_STATUSES.map((status) => [status, [canPause, canContinue, canStop, canResume].map((may) => may(status))]))
    expect(allowed).toEqual({
      queued: [false, false, true, false],
      starting: [false, false, true, false],
      running: [true, false, true, false],
      paused: [false, true, true, false],
      stopping: [false, false, false, false],
      stopped: [false, false, false, true],
      interrupted: [false, false, false, true],
      failed: [false, false, false, true],
      finished: [false, false, false, false],
    })
  })
})
