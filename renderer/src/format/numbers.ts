const MISSING = '–'
const short = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 })
const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** `12,345`; a dash for null. */
export function formatCount(value: number | null | undefined): string {
  return value === null || value === undefined || !Number.isFinite(value) ? MISSING : grouped.format(value)
}

/** A change of a count, with its sign: `+3`, `−1,200`. */
export const formatChange = (value: number): string => `${value < 0 ? '−' : value > 0 ? '+' : ''}${formatCount(Math.abs(value))}`

/** Large counts with three digits and K, M, G or T: `498M`. */
export function formatLargeCount(value: number | null | undefined): string {
  return value === null || value === undefined || !Number.isFinite(value) ? MISSING : short.format(value).replace('B', 'G')
}

/** Percent with two digits, as accuracies are compared: `91.42 %`. */
export function formatPercent(value: number | null | undefined, digits = 2): string {
  return value === null || value === undefined || !Number.isFinite(value) ? MISSING : `${value.toFixed(digits)} %`
}

/** A rate against INT8: `1.50×`. */
export function formatRate(value: number | null | undefined): string {
  return value === null || value === undefined || !Number.isFinite(value) ? MISSING : `${value.toFixed(2)}×`
}

/** Three or four significant digits for curves: `0.4321`, `12.35`, `1.2e-5`. */
export function formatSignificant(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return MISSING
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size < 1e-3 || size >= 1e6) return value.toExponential(2)
  return size < 10 ? value.toFixed(4) : size < 1000 ? value.toFixed(2) : grouped.format(value)
}

/** Bytes in binary units: `1.5 MiB`. */
export function formatBytes(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined || !Number.isFinite(bytes)) return MISSING
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${unit === 0 ? grouped.format(value) : value >= 100 ? value.toFixed(0) : value.toFixed(1)} ${units[unit] ?? 'B'}`
}

/** A model's size in bits as kilobytes of 1000 bytes, the unit papers use: `33.5 KB`. */
export function formatBitsAsKilobytes(bits: number | null | undefined): string {
  if (bits === null || bits === undefined || !Number.isFinite(bits)) return MISSING
  const kilobytes = bits / 8000
  return kilobytes >= 1000 ? `${(kilobytes / 1000).toFixed(2)} MB` : `${kilobytes.toFixed(1)} KB`
}
