import { findNodeAtLocation, getNodeValue, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser'
import type { ConfigIssue } from '../contract/errors'
import { TrainingConfig } from '../contract/training-config'
import { explainIssue } from './config-issues'
import { misplacedKeys, missingKeys, originOf, unsharableBatch } from './config-origin'
import { MAX_DEPTH, tooDeepAt } from './text-depth'

export type ConfigReading =
  { readonly config: TrainingConfig; readonly issues: readonly [] } | { readonly config: null; readonly issues: readonly ConfigIssue[] }

/** Turns offsets into 1-based lines and columns. */
function createLocator(text: string): (offset: number) => { line: number; column: number } {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return (offset) => {
    let [line, above] = [0, starts.length]
    while (above - line > 1) {
      const middle = (line + above) >> 1
      if ((starts[middle] ?? 0) <= offset) line = middle
      else above = middle
    }
    return { line: line + 1, column: offset - (starts[line] ?? 0) + 1 }
  }
}

/** What a person can look through; a text with more of them is no configuration, and each costs time. */
const MAX_FINDINGS = 200

const SYNTAX: Readonly<Record<string, string>> = {
  InvalidSymbol: 'This is not a JSON value; texts need double quotes.',
  InvalidNumberFormat: 'This is not a JSON number.',
  PropertyNameExpected: 'A key in double quotes is expected here.',
  ValueExpected: 'A value is expected here.',
  ColonExpected: 'A colon is expected here.',
  CommaExpected: 'A comma is missing before this.',
  CloseBraceExpected: 'A closing } is missing.',
  CloseBracketExpected: 'A closing ] is missing.',
  EndOfFileExpected: 'There is something after the end of the configuration.',
  UnexpectedEndOfComment: 'This comment does not end.',
  UnexpectedEndOfString: 'This text does not end; a double quote is missing.',
}

/** Keys that stand twice in one object: JSON would silently take the last. */
function duplicateKeys(node: Node, path: string, found: { path: string; offset: number }[] = []): { path: string; offset: number }[] {
  const seen = new Set<string>()
  node.children?.forEach((child, index) => {
    if (node.type === 'array') return void duplicateKeys(child, path === '' ? String(index) : `${path}.${index}`, found)
    const [key, value] = child.children ?? []
    if (key === undefined) return
    const name = String(key.value)
    const inner = path === '' ? name : `${path}.${name}`
    if (seen.has(name)) found.push({ path: inner, offset: key.offset })
    seen.add(name)
    if (value !== undefined) duplicateKeys(value, inner, found)
  })
  return found
}

/** Reads a configuration: JSON with comments and trailing commas. Never throws; every finding says where, what and what is allowed. */
export function readConfigText(text: string): ConfigReading {
  const locate = createLocator(text)
  const deep = tooDeepAt(text)
  if (deep !== null)
    return {
      config: null,
      issues: [
        { path: '', message: `Sections lie deeper in one another here than in any configuration (${String(MAX_DEPTH)} levels).`, ...locate(deep) },
      ],
    }
  const errors: ParseError[] = []
  const root = parseTree(text, errors, { allowTrailingComma: true, disallowComments: false, allowEmptyContent: true })
  const [syntax] = errors
  if (syntax !== undefined) {
    const message = SYNTAX[printParseErrorCode(syntax.error)] ?? 'This is not valid JSON.'
    return { config: null, issues: [{ path: '', message, ...locate(syntax.offset) }] }
  }
  if (root === undefined)
    return { config: null, issues: [{ path: '', message: 'The configuration is empty.', allowed: 'a JSON object', line: 1, column: 1 }] }

  const duplicates = duplicateKeys(root, '')
    .slice(0, MAX_FINDINGS)
    .map(({ path, offset }): ConfigIssue => ({
      path,
      message: 'This key stands twice; keep one of the two.',
      ...locate(offset),
    }))
  const value: unknown = getNodeValue(root)
  const parsed = TrainingConfig.safeParse(value)
  const misplaced = [...misplacedKeys(value), ...missingKeys(value), ...(parsed.success ? unsharableBatch(parsed.data) : [])]
  if (parsed.success && duplicates.length === 0 && misplaced.length === 0) return { config: completed(parsed.data, value), issues: [] }

  /** The node of the path, or of the nearest ancestor that exists. */
  const nodeOf = (path: readonly (string | number)[]): Node => {
    for (let length = path.length; length > 0; length--) {
      const node = findNodeAtLocation(root, path.slice(0, length))
      if (node !== undefined) return node
    }
    return root
  }
  const explained = (parsed.error?.issues ?? [])
    .slice(0, MAX_FINDINGS)
    .flatMap((issue) => explainIssue(issue, value, TrainingConfig, [], MAX_FINDINGS))
  const findings = [...explained, ...misplaced].slice(0, MAX_FINDINGS)
  const issues = findings.map(({ path, onKey, ...finding }): ConfigIssue => {
    const node = nodeOf(path)
    const offset = onKey ? (node.parent?.children?.[0]?.offset ?? node.offset) : node.offset
    return { path: path.join('.'), ...finding, ...locate(offset) }
  })
  return { config: null, issues: [...issues, ...duplicates].sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)) }
}

/** What a configuration follows where it does not say so itself, and without the section that it switches off. */
function completed(config: TrainingConfig, value: unknown): TrainingConfig {
  const says = typeof value === 'object' && value !== null && Object.hasOwn(value, 'compatibility')
  const compatibility = says ? config.compatibility : originOf(value)
  const { compression, ...rest } = config
  return compression === undefined || config.disable_compression === true ? { ...rest, compatibility } : { ...rest, compatibility, compression }
}
