import { getLocation, type JSONPath, parseTree, findNodeAtLocation } from 'jsonc-parser'
import { z } from 'zod'
import { TrainingConfig } from '../contract/training-config'
import { fieldsOf, type Field } from './schema-fields'
import { schemasAt } from './schema-keys'
import { tooDeepAt } from './text-depth'

export interface Completion {
  /** What is listed. */
  readonly label: string
  /** What replaces the text from `from` to `to`. */
  readonly insert: string
  readonly detail: string
  readonly info: string
  readonly kind: 'key' | 'value'
}
export interface Completions {
  readonly from: number
  readonly to: number
  readonly options: readonly Completion[]
}

const objectsAt = (path: JSONPath): z.ZodObject[] => schemasAt(TrainingConfig, path).filter((one) => one instanceof z.ZodObject)

function valuesOf({ shape, defaultValue }: Field): string[] {
  if (shape.kind === 'switch') return ['true', 'false']
  if (shape.kind === 'choice' || shape.kind === 'choices') return shape.options.map((option) => JSON.stringify(option))
  return typeof defaultValue === 'number' || typeof defaultValue === 'string' ? [JSON.stringify(defaultValue)] : []
}

/** What is inserted behind a new key. */
function startOf(field: Field): string {
  if (field.shape.kind === 'group') return '{}'
  if (field.shape.kind === 'numbers')
    return field.shape.length === null ? '[]' : JSON.stringify(field.defaultValue ?? field.shape.items.map(({ min }) => min ?? 0))
  const [value] =
    typeof field.defaultValue === 'boolean'
      ? [String(field.defaultValue)]
      : field.defaultValue === undefined
        ? valuesOf(field)
        : [JSON.stringify(field.defaultValue)]
  return value ?? (field.shape.kind === 'number' ? String(field.shape.min ?? 0) : '""')
}

const KIND_WORDS: Readonly<Record<Field['shape']['kind'], string>> = {
  switch: 'true or false',
  choice: 'one of a few',
  choices: 'one or more of a few',
  number: 'number',
  numbers: 'numbers',
  text: 'text',
  lines: 'text or list of texts',
  group: 'section',
  other: '',
}

/** Keys or values that may stand at an offset; null where the schema has nothing to say. */
export function completeText(text: string, offset: number): Completions | null {
  if (tooDeepAt(text) !== null) return null
  const location = getLocation(text, offset)
  const node = location.previousNode
  const inNode = node !== undefined && node.offset <= offset && offset <= node.offset + node.length
  const from = inNode ? node.offset : offset - (/[\w"]*$/.exec(text.slice(0, offset))?.[0].length ?? 0)
  const to = inNode ? node.offset + node.length : offset

  if (location.isAtPropertyKey) {
    const path = location.path.slice(0, -1)
    const tree = parseTree(text)
    const holder = tree === undefined ? undefined : findNodeAtLocation(tree, path)
    const typed = inNode && node.type === 'property' ? String(node.value) : null
    const present = new Set((holder?.children ?? []).map((property) => String(property.children?.[0]?.value)))
    if (typed !== null) present.delete(typed)
    const hasColon = /^\s*:/.test(text.slice(to))
    const options = objectsAt(path)
      .flatMap((schema) => fieldsOf(schema))
      .filter(({ key }) => !present.has(key))
      .map((field): Completion => ({
        label: field.key,
        insert: hasColon ? JSON.stringify(field.key) : `${JSON.stringify(field.key)}: ${startOf(field)}`,
        detail:
          field.defaultValue === undefined || typeof field.defaultValue === 'object'
            ? KIND_WORDS[field.shape.kind]
            : `default ${JSON.stringify(field.defaultValue)}`,
        info: field.description ?? '',
        kind: 'key',
      }))
    return options.length === 0 ? null : { from, to, options: unique(options) }
  }

  const key = location.path.findLast((part) => typeof part === 'string')
  const holderPath = location.path.slice(0, location.path.lastIndexOf(key ?? ''))
  const field = objectsAt(holderPath)
    .flatMap((schema) => fieldsOf(schema))
    .find((one) => one.key === key)
  if (field === undefined) return null
  const options = valuesOf(field).map((value): Completion => ({
    label: value.replaceAll('"', ''),
    insert: value,
    detail: value === JSON.stringify(field.defaultValue) ? 'default' : '',
    info: field.description ?? '',
    kind: 'value',
  }))
  return options.length === 0 ? null : { from, to, options }
}

const unique = (options: readonly Completion[]): Completion[] => [...new Map(options.map((option) => [option.label, option])).values()]

/** What the schema says of the key at an offset, for a hint on hovering; null elsewhere. */
export function explainAt(
  text: string,
  offset: number,
): { readonly from: number; readonly to: number; readonly key: string; readonly text: string } | null {
  if (tooDeepAt(text) !== null) return null
  const location = getLocation(text, offset)
  const node = location.previousNode
  if (!location.isAtPropertyKey || node === undefined || offset > node.offset + node.length) return null
  const key = String(node.value)
  const field = objectsAt(location.path.slice(0, -1))
    .flatMap((schema) => fieldsOf(schema))
    .find((one) => one.key === key)
  return field?.description ? { from: node.offset, to: node.offset + node.length, key, text: field.description } : null
}
