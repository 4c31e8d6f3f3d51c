import type { Diagnostic } from '@codemirror/lint'
import type { Text } from '@codemirror/state'
import type { ConfigIssue } from '../../../../src/contract/errors'

/** Where a finding stands: the value (or key) that begins at its place. */
export function rangeOf(doc: Text, issue: ConfigIssue): { from: number; to: number } {
  const line = doc.line(Math.min(doc.lines, Math.max(1, issue.line ?? 1)))
  const from = Math.min(line.to, line.from + Math.max(0, (issue.column ?? 1) - 1))
  const length = /^(?:"(?:[^"\\]|\\.)*"?|[^\s,\]}]+)/.exec(doc.sliceString(from, line.to))?.[0].length ?? 0
  return length === 0 ? { from: Math.max(line.from, from - 1), to: Math.max(from, Math.min(line.to, from + 1)) } : { from, to: from + length }
}

export function diagnosticsOf(doc: Text, issues: readonly ConfigIssue[]): Diagnostic[] {
  return issues.map((issue) => {
    const key = issue.path.split('.').at(-1) ?? ''
    const allowed =
      issue.allowed === undefined || issue.message.includes(issue.allowed) || issue.allowed.length > 200 ? '' : ` Allowed: ${issue.allowed}.`
    return { ...rangeOf(doc, issue), severity: 'error', message: `${key === '' ? '' : `${key}: `}${issue.message}${allowed}` }
  })
}
