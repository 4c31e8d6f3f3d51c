import { applyEdits, type Edit, findNodeAtLocation, getNodeValue, modify, type ParseError, parseTree } from 'jsonc-parser'
import { tooDeepAt } from './text-depth'
import { placeOf, valueAt, type ValuePath } from './value-path'

export interface ValueEdit {
  /** Key names; a section written as a list of one is looked into. */
  readonly path: readonly string[]
  /** Undefined takes the key away. */
  readonly value: unknown
}

const PARSE_OPTIONS = { allowTrailingComma: true, disallowComments: false }

/** The value of a text, or undefined where its syntax is broken or it is no object. */
export function readableValue(text: string): unknown {
  if (tooDeepAt(text) !== null) return undefined
  const errors: ParseError[] = []
  const root = parseTree(text, errors, PARSE_OPTIONS)
  return errors.length > 0 || root?.type !== 'object' ? undefined : (getNodeValue(root) as unknown)
}

/** Two characters, unless the first indented line says otherwise. */
const indentOf = (text: string): number => /^( +)\S/m.exec(text)?.[1]?.length ?? 2

/**
 * Where a section on the way is a text or a number, it gives way to a section with the value in it. The text decides, not its value: of a key
 * that stands twice the first is edited.
 */
function whatToSet(text: string, place: ValuePath, value: unknown): { readonly place: ValuePath; readonly value: unknown } {
  const root = parseTree(text, [], PARSE_OPTIONS)
  const blocked = place.findIndex((key, depth) => {
    const section = root === undefined ? undefined : findNodeAtLocation(root, place.slice(0, depth))
    return section !== undefined && section.type !== (typeof key === 'number' ? 'array' : 'object')
  })
  if (blocked === -1) return { place, value }
  const inside = place.slice(blocked).reduceRight<unknown>((inner, key) => (typeof key === 'number' ? [inner] : { [key]: inner }), value)
  return { place: place.slice(0, blocked), value: inside }
}

/** Small replacements that set (or take away) one value; comments, order and the rest stay as they are. None where the syntax is broken. */
export function editsFor(text: string, { path, value }: ValueEdit): Edit[] {
  const root = readableValue(text)
  if (root === undefined) return []
  const place = placeOf(root, path)
  if (value === undefined && valueAt(root, place) === undefined) return []
  const isPlain = typeof value !== 'object' || value === null
  const whole = whatToSet(text, place, value)
  const edits = modify(text, whole.place, whole.value, { formattingOptions: { insertSpaces: true, tabSize: indentOf(text), eol: '\n' } })
  // A list of numbers reads best on one line.
  const short = !isPlain && Array.isArray(value) && value.every((one) => typeof one === 'number')
  return short
    ? edits.map((edit) => ({
        ...edit,
        content: edit.content.replace(/\[[\s\d.,eE+-]*\]/, (list) => `[${(JSON.parse(list) as number[]).join(', ')}]`),
      }))
    : edits
}

export const withValue = (text: string, edit: ValueEdit): string => applyEdits(text, editsFor(text, edit))

export const withValues = (text: string, edits: readonly ValueEdit[]): string => edits.reduce(withValue, text)
