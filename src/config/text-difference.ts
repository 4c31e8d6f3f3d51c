import { TrainingConfig } from '../contract/training-config'
import { readableValue } from './edit-text'
import { fieldsOf, type Field } from './schema-fields'

/** One key that two configurations do not agree on. Undefined: not given, and without a default. */
export interface Difference {
  readonly path: string
  readonly left: DifferenceSide
  readonly right: DifferenceSide
}
export interface DifferenceSide {
  readonly value: string | null
  /** The text says nothing here; `value` is the default. */
  readonly isDefault: boolean
}

function leaves(value: unknown, path: string, into: Map<string, string>): Map<string, string> {
  const isSection = typeof value === 'object' && value !== null
  // A section written as a list of one is the section.
  if (Array.isArray(value) && value.length === 1 && typeof value[0] === 'object') return leaves(value[0], path, into)
  if (!isSection || (Array.isArray(value) && value.every((one) => typeof one !== 'object'))) into.set(path, JSON.stringify(value))
  else for (const [key, inner] of Object.entries(value)) leaves(inner, path === '' ? key : `${path}.${key}`, into)
  return into
}

function defaultsOf(fields: readonly Field[], into = new Map<string, string>()): Map<string, string> {
  for (const { path, shape, defaultValue } of fields) {
    if (shape.kind === 'group') defaultsOf(shape.fields, into)
    else if (defaultValue !== undefined) into.set(path.join('.'), JSON.stringify(defaultValue))
  }
  return into
}

/** Keys whose values differ, in the order of the left text, then of the right; null where one of the texts cannot be read. */
export function differencesOf(left: string, right: string): Difference[] | null {
  const values = [readableValue(left), readableValue(right)]
  if (values.includes(undefined)) return null
  const [a, b] = values.map((value) => leaves(value, '', new Map()))
  if (a === undefined || b === undefined) return null
  const defaults = defaultsOf(fieldsOf(TrainingConfig))
  const side = (of: ReadonlyMap<string, string>, path: string): DifferenceSide => {
    const given = of.get(path)
    return given === undefined ? { value: defaults.get(path) ?? null, isDefault: true } : { value: given, isDefault: false }
  }
  return [...new Set([...a.keys(), ...b.keys()])]
    .map((path) => ({ path, left: side(a, path), right: side(b, path) }))
    .filter((difference) => difference.left.value !== difference.right.value)
}
