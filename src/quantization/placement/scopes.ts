import { StudioError } from '../../contract/errors'
import { EndlessPattern, findsPattern } from '../../util/time-limited-pattern'
import type { ScopeList } from './placement-config'

const MARK = '{re}'

/** Which operations a part of the configuration is about. */
export interface ScopeFilter {
  readonly ignored: readonly string[]
  /** Null is all of them. */
  readonly target: readonly string[] | null
}

const listOf = (scopes: ScopeList | undefined): readonly string[] => (scopes === undefined ? [] : typeof scopes === 'string' ? [scopes] : scopes)

/** Whether a node name is meant by a scope: the same string, or, marked with `{re}`, found by the regular expression (spec 2.5). */
export function matchesScope(node: string, scope: string): boolean {
  if (!scope.includes(MARK)) return node === scope
  const pattern = scope.replaceAll(MARK, '')
  try {
    return findsPattern(pattern, node)
  } catch (cause) {
    const why = cause instanceof EndlessPattern ? 'takes too long to be looked for' : 'is not a regular expression that works here'
    throw new StudioError('CONFIG_INVALID', `The scope "${scope.slice(0, 200)}" ${why}. Correct the part after ${MARK}.`, {
      cause,
    })
  }
}

/** Scopes of nested sections, outermost first: ignored ones add up, of the targets the innermost count. */
export function scopeFilter(
  sections: readonly { readonly ignored_scopes?: ScopeList | undefined; readonly target_scopes?: ScopeList | undefined }[],
): ScopeFilter {
  const targets = sections.map((section) => section.target_scopes).filter((scopes) => scopes !== undefined)
  const target = targets.at(-1)
  return { ignored: sections.flatMap((section) => listOf(section.ignored_scopes)), target: target === undefined ? null : listOf(target) }
}

/** Whether an operation is to be considered: targeted, and not ignored. */
export function isConsidered(node: string, { ignored, target }: ScopeFilter): boolean {
  const within = target === null || target.some((scope) => matchesScope(node, scope))
  return within && !ignored.some((scope) => matchesScope(node, scope))
}
