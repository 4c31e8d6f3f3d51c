import type { z } from 'zod'
import type { ConfigIssue } from '../contract/errors'
import { nearestName } from './nearest-name'
import { keysAt, numberAllowedAt } from './schema-keys'

export interface Finding extends Pick<ConfigIssue, 'message' | 'found' | 'allowed'> {
  readonly path: (string | number)[]
  /** The finding is about the key rather than its value. */
  readonly onKey: boolean
}

const MAX_FOUND_CHARACTERS = 80

function shortJson(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > MAX_FOUND_CHARACTERS ? `${text.slice(0, MAX_FOUND_CHARACTERS - 1)}…` : text
}

function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? (at as Record<string | number, unknown>)[key] : undefined),
    value,
  )
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  tuple: 'a list',
}

const list = (values: readonly unknown[]): string => values.map((value) => JSON.stringify(value)).join(', ')

function sizeOf(origin: string, bound: number | bigint): string {
  if (origin === 'string') return `${bound} characters`
  if (origin === 'array') return `${bound} entries`
  return String(bound)
}

/** What zod accepts where it complained, in words. */
function allowedBy(issue: z.core.$ZodIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return KINDS[issue.expected] ?? `a value of type ${issue.expected}`
    case 'invalid_value':
      return issue.values.length === 1 ? list(issue.values) : `one of ${list(issue.values)}`
    case 'too_small':
      return issue.exact
        ? `exactly ${sizeOf(issue.origin, issue.minimum)}`
        : `${issue.inclusive ? 'at least' : 'more than'} ${sizeOf(issue.origin, issue.minimum)}`
    case 'too_big':
      return issue.exact
        ? `exactly ${sizeOf(issue.origin, issue.maximum)}`
        : `${issue.inclusive ? 'at most' : 'less than'} ${sizeOf(issue.origin, issue.maximum)}`
    default:
      return undefined
  }
}

const toPath = (path: readonly PropertyKey[]): (string | number)[] => path.map((key) => (typeof key === 'symbol' ? String(key) : key))

/** Of a union, the alternative that came closest: the one whose findings lie deepest, then the one with the fewest. */
function closestBranch(branches: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] | undefined {
  const depth = (issues: readonly z.core.$ZodIssue[]): number => Math.max(...issues.map(({ path }) => path.length))
  return [...branches].filter((issues) => issues.length > 0).sort((a, b) => depth(b) - depth(a) || a.length - b.length)[0]
}

/** One zod issue in the words of the person who wrote `root`. Unknown keys give one finding each (`limit` at most), with the nearest known key. */
export function explainIssue(
  issue: z.core.$ZodIssue,
  root: unknown,
  schema: z.ZodType,
  base: readonly (string | number)[] = [],
  limit = Infinity,
): Finding[] {
  const path = [...base, ...toPath(issue.path)]
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, path)
    return issue.keys.slice(0, limit).map((key) => {
      const near = nearestName(key, known)
      const message = near === null ? 'There is no such key.' : `There is no such key. Did you mean "${near}"?`
      return {
        path: [...path, key],
        onKey: true,
        message,
        found: shortJson(valueAt(root, [...path, key])),
        allowed: `one of ${[...known].sort().join(', ')}`,
      }
    })
  }
  if (issue.code === 'invalid_union') {
    const branch = closestBranch(issue.errors)
    if (branch !== undefined) return branch.slice(0, limit).flatMap((inner) => explainIssue(inner, root, schema, path, limit))
  }
  const value = valueAt(root, path)
  const allowed = numberAllowedAt(schema, path) ?? allowedBy(issue)
  if (value === undefined) return [{ path, onKey: false, message: 'This key is missing.', ...(allowed === undefined ? {} : { allowed }) }]
  const message = messageFor(issue, value, allowed)
  return [{ path, onKey: false, message, found: shortJson(value), ...(allowed === undefined ? {} : { allowed }) }]
}

function messageFor(issue: z.core.$ZodIssue, value: unknown, allowed: string | undefined): string {
  if (issue.code === 'invalid_value' && typeof value === 'string') {
    const near = nearestName(value, issue.values.map(String))
    return near === null ? `This value is not known; allowed is ${allowed}.` : `This value is not known. Did you mean "${near}"?`
  }
  return allowed === undefined ? issue.message : `This must be ${allowed}.`
}
