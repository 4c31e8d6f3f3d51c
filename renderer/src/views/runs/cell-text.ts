import type { RunCell, RunField, Spread } from '../../../../src/contract/run-table'
import { formatBitsAsKilobytes, formatBytes, formatCount, formatPercent, formatRate, formatSignificant } from '../../format/numbers'
import { formatDuration, formatWhen } from '../../format/time'

/** How numbers of a field are written. */
export function numberWords(key: string): (value: number | null) => string {
  if (/top[15](\b|$|:|_)/.test(key) || key === 'progress') return (value) => formatPercent(value)
  if (/(^target|rate)(:|$)/.test(key) && !key.includes('learning_rate')) return formatRate
  if (key.endsWith('sizeBits')) return formatBitsAsKilobytes
  if (key.startsWith('system/resident_bytes')) return formatBytes
  if (key === 'duration' || key.startsWith('time/')) return formatDuration
  if (key.startsWith('config.')) return (value) => (value === null ? '' : String(value))
  return (value) => (value !== null && Number.isInteger(value) ? formatCount(value) : formatSignificant(value))
}

/** A cell in words; empty where there is nothing. */
export function cellText(field: Pick<RunField, 'key' | 'kind'>, value: RunCell, now: number): string {
  if (value === null) return ''
  if (typeof value === 'string') return value
  if (field.kind === 'time') return formatWhen(value, now)
  if (field.kind === 'flag') return value === 1 ? 'yes' : ''
  return numberWords(field.key)(value)
}

/** `91.20 % ± 0.34` */
export function spreadText(key: string, spread: Spread | null): string {
  if (spread === null) return ''
  const words = numberWords(key)
  return spread.deviation === null ? words(spread.mean) : `${words(spread.mean)} ± ${words(spread.deviation).replace(/[^0-9.e-].*$/, '')}`
}

export const columnWidth = ({ key, kind }: Pick<RunField, 'key' | 'kind'>): number => {
  if (key === 'status') return 118
  if (key === 'progress') return 150
  if (key === 'name' || key === 'notes') return 240
  if (key === 'tag') return 160
  return kind === 'number' ? 116 : kind === 'time' ? 128 : 132
}
