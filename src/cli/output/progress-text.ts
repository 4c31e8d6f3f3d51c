import { formatCount, formatDuration, formatPhase } from './format'
import type { ProgressState } from './progress-state'

/** The parts of a progress display, the most important first. */
export function progressParts(state: ProgressState): string[] {
  const { progress, latest } = state
  if (progress === null) return ['waiting for the trainer']
  const parts = [formatPhase(progress.phase)]
  if (progress.epochs > 0 && progress.phase.endsWith('-training'))
    parts.push(`epoch ${Math.min(progress.epoch + 1, progress.epochs)}/${progress.epochs}`)
  if (progress.etaSeconds !== null) parts.push(`${formatDuration(progress.etaSeconds)} left`)
  const add = (key: string, text: (value: number) => string): void => {
    const value = latest.get(key)
    if (value !== undefined) parts.push(text(value))
  }
  add('train/loss', (v) => `loss ${v.toFixed(3)}`)
  add('train/top1', (v) => `acc ${v.toFixed(1)}%`)
  add('val/top1', (v) => `val ${v.toFixed(1)}%`)
  if (progress.phase === 'bit-width-training' || progress.phase === 'integer-training') add('train/rate', (v) => `rate ${v.toFixed(2)}x`)
  if (progress.phase === 'integer-training') add('train/frozen_weights', (v) => `frozen weights ${v.toFixed(1)}%`)
  if (progress.imagesPerSecond > 0) parts.push(`${formatCount(progress.imagesPerSecond)} img/s`)
  return parts
}

export const progressFraction = (state: ProgressState): number => {
  const { step = 0, totalSteps = 0 } = state.progress ?? {}
  return totalSteps > 0 ? Math.min(1, step / totalSteps) : 0
}

const BAR_MIN = 10
const BAR_MAX = 30

/** One line of at most `columns` characters: bar, percent, and as many parts as fit. */
export function progressLine(state: ProgressState, columns: number): string {
  const fraction = progressFraction(state)
  const percent = `${Math.floor(fraction * 100)}%`.padStart(4)
  const parts = progressParts(state)
  const fixed = percent.length + 2
  while (parts.length > 1 && fixed + parts.join('  ').length + 2 + BAR_MIN > columns) parts.pop()
  const text = parts.join('  ')
  const room = Math.min(BAR_MAX, columns - fixed - text.length - 2)
  if (room < BAR_MIN) return `${percent}  ${text}`.slice(0, Math.max(0, columns))
  const filled = Math.round(fraction * (room - 2))
  return `[${'#'.repeat(filled)}${'.'.repeat(room - 2 - filled)}]${percent}  ${text}`
}
