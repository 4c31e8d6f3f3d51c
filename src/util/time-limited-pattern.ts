import { createContext, runInContext } from 'node:vm'

const LIMIT_MS = 250
/** With no more of these than so many, and none behind a group, an expression takes a time that is a small power of the text's length. */
const HARMLESS_REPEATS = 2
const REPEATS = /[*+{?]/g
const REPEATED_GROUP = /\)[*+{?]/

/** The expression takes too long to be decided: made so on purpose, or by accident. */
export class EndlessPattern extends Error {}

const isHarmless = (pattern: string): boolean => (pattern.match(REPEATS) ?? []).length <= HARMLESS_REPEATS && !REPEATED_GROUP.test(pattern)

/**
 * Whether a regular expression of a stranger is found in a text. Throws a SyntaxError where it is none, and an EndlessPattern where deciding
 * takes longer than a quarter of a second: expressions such as `(a+)+$` would keep a process busy for years.
 */
export function findsPattern(pattern: string, text: string): boolean {
  if (isHarmless(pattern)) return new RegExp(pattern).test(text)
  // Only code that runs in a context of its own can be ended from outside.
  const compiled = new RegExp(pattern)
  try {
    return runInContext('compiled.test(text)', createContext({ compiled, text }), { timeout: LIMIT_MS }) === true
  } catch (cause) {
    // The error is of that context's own kind.
    if (typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')
      throw new EndlessPattern(`it takes too long to look for ${pattern.slice(0, 100)}`, { cause })
    throw cause
  }
}
