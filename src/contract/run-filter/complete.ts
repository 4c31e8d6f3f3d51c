import { type OPERATORS, tokenize } from './tokens'

/** What may stand at the caret of a filter, and which part of the text it replaces. */
export interface CompletionPlace {
  readonly wants: 'field' | 'operator' | 'value'
  /** The field whose operator or value is wanted. */
  readonly field: string
  /** What is typed of it already. */
  readonly typed: string
  readonly from: number
  readonly to: number
}

/** Where a filter is being written: `caret` is a position in `text`. */
export function completionPlace(text: string, caret: number, isField: (word: string) => boolean): CompletionPlace {
  const before = tokenize(text.slice(0, caret))
  const last = before.at(-1)
  const touches = last !== undefined && last.to === caret && (last.kind === 'word' || last.kind === 'text')
  const typed = touches ? last.value : ''
  const [from, to] = touches ? [last.from, caret] : [caret, caret]
  const settled = touches ? before.slice(0, -1) : before
  const [previous, earlier] = [settled.at(-1), settled.at(-2)]
  if (previous?.kind === 'operator' && earlier?.kind === 'word') return { wants: 'value', field: earlier.value, typed, from, to }
  if (!touches && previous?.kind === 'word' && isField(previous.value) && earlier?.kind !== 'operator')
    return { wants: 'operator', field: previous.value, typed, from, to }
  return { wants: 'field', field: '', typed, from, to }
}

/** A value as it has to be written. */
export const quoteValue = (value: string | number): string =>
  typeof value === 'number'
    ? String(value)
    : /^[^\s()=<>!~"']+$/.test(value) && Number.isNaN(Number(value))
      ? value
      : `"${value.replaceAll('"', '')}"`

export const OPERATOR_WORDS: Readonly<Record<(typeof OPERATORS)[number], string>> = {
  '=': 'is',
  '!=': 'is not',
  '>': 'is more than',
  '>=': 'is at least',
  '<': 'is less than',
  '<=': 'is at most',
  '~': 'contains',
  '!~': 'does not contain',
}
