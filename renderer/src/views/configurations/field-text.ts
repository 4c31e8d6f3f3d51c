/** A value as it stands in a text field. */
export function writtenValue(value: unknown): string {
  if (value === undefined) return ''
  if (typeof value === 'string') return value
  if (typeof value === 'number')
    return Math.abs(value) > 0 && Math.abs(value) < 1e-3 ? value.toExponential().replace('e-', 'e-').replace('e+', 'e') : String(value)
  if (Array.isArray(value) && value.every((one) => typeof one === 'number')) return value.join(', ')
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value.join('\n')
  return JSON.stringify(value)
}

/** Numbers with commas or spaces between them; null where something else is among them. */
export function readNumbers(text: string): number[] | null {
  const parts = text.split(/[\s,]+/).filter(Boolean)
  const numbers = parts.map(Number)
  return numbers.every((number) => Number.isFinite(number)) ? numbers : null
}
