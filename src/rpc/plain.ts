/**
 * A copy made of JSON values and bytes only: proxies are unwrapped, `undefined` entries left out, NaN and infinities become null, dates ISO
 * strings.
 * What can't be sent (functions, symbols, bigints, cycles) throws a TypeError here instead of closing a port there.
 */
export function toPlain(value: unknown, depth = 0): unknown {
  if (depth > 100) throw new TypeError('A value that is sent may not contain itself or be nested more than 100 levels deep.')
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (value === undefined) return null
  if (typeof value !== 'object') throw new TypeError(`A ${typeof value} can't be sent.`)
  if (Array.isArray(value)) return value.map((entry: unknown) => toPlain(entry, depth + 1))
  if (value instanceof Uint8Array) return new Uint8Array(value)
  if (ArrayBuffer.isView(value)) {
    if (value instanceof DataView) throw new TypeError("A DataView can't be sent.")
    return Array.from(value as unknown as ArrayLike<unknown>, (entry) => toPlain(entry, depth + 1))
  }
  if (value instanceof Date) return value.toJSON()
  if (value instanceof Map || value instanceof Set || value instanceof ArrayBuffer) throw new TypeError(`A ${value.constructor.name} can't be sent.`)
  const copy: Record<string, unknown> = {}
  for (const [key, entry] of Object.entries(value)) {
    if (entry !== undefined)
      Object.defineProperty(copy, key, { value: toPlain(entry, depth + 1), enumerable: true, configurable: true, writable: true })
  }
  return copy
}
