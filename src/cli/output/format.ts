import type { RunPhase } from '../../contract/entities'

/** Bits as bytes in the unit a person would choose: `1.23 MB` (powers of ten). */
export function formatSize(bits: number): string {
  return formatBytes(bits / 8)
}

export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 ? String(Math.round(value)) : value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${units[unit] ?? ''}`
}

/** `1,234,567` whatever the locale. */
export const formatCount = (value: number): string => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',')

export const formatPercent = (value: number | null | undefined): string => (value === null || value === undefined ? '–' : `${value.toFixed(2)}%`)
export const formatRate = (value: number | null | undefined): string => (value === null || value === undefined ? '–' : `${value.toFixed(2)}x`)

/** `45s`, `3m05s`, `2h07m`. */
export function formatDuration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds))
  const two = (n: number): string => String(n).padStart(2, '0')
  if (s < 60) return `${s}s`
  if (s < 3600) return `${Math.floor(s / 60)}m${two(s % 60)}s`
  return `${Math.floor(s / 3600)}h${two(Math.floor((s % 3600) / 60))}m`
}

/** Local date and time to the minute, sortable. */
export function formatTime(ms: number): string {
  const d = new Date(ms)
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${two(d.getHours())}:${two(d.getMinutes())}`
}

const PHASE_NAMES: Readonly<Record<RunPhase, string>> = {
  preparing: 'preparing',
  'fp32-training': 'FP32 training',
  'fp32-evaluation': 'FP32 evaluation',
  'range-initialisation': 'range initialisation',
  'int8-evaluation': 'INT8 evaluation',
  'bit-width-training': 'bit-width training',
  'integer-training': 'integer training',
  'final-evaluation': 'final evaluation',
  done: 'done',
}
export const formatPhase = (phase: RunPhase): string => PHASE_NAMES[phase]
