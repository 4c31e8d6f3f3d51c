import { StudioError, type ConfigIssue, toErrorShape } from '../../contract/errors'
import type { Io } from '../io'

/** `FILE:line:col  key.path: message (found ..., allowed ...)`. */
export function formatIssue(issue: ConfigIssue, source: string): string {
  const place = issue.line === undefined ? source : `${source}:${issue.line}:${issue.column ?? 1}`
  const details = [issue.found === undefined ? null : `found ${issue.found}`, issue.allowed === undefined ? null : `allowed ${issue.allowed}`].filter(
    (text) => text !== null,
  )
  return `${place}  ${issue.path === '' ? '' : `${issue.path}: `}${issue.message}${details.length === 0 ? '' : ` (${details.join(', ')})`}`
}

/** Says what went wrong on stderr; with `json` also as one object on stdout. Defects show where they happened. */
export function printError(io: Io, error: unknown, options: { json: boolean; source?: string | undefined }): void {
  const shape = toErrorShape(error)
  if (options.json) io.out.write(`${JSON.stringify({ type: 'error', ...shape })}\n`)
  const { source = 'configuration' } = options
  for (const issue of shape.issues ?? []) io.err.write(`${formatIssue(issue, source)}\n`)
  if ((shape.issues ?? []).length === 0 || shape.code !== 'CONFIG_INVALID') io.err.write(`fracbits: ${shape.message}\n`)
  if (!(error instanceof StudioError) && error instanceof Error) io.err.write(`${error.stack ?? ''}\n`)
}
