import { StudioError } from '../errors'
import { OPERATORS, type Operator, type Token, tokenize } from './tokens'

/** What a filter says, as a tree. */
export type RunFilterNode =
  | { readonly kind: 'all' }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly RunFilterNode[] }
  | { readonly kind: 'not'; readonly part: RunFilterNode }
  | { readonly kind: 'compare'; readonly field: string; readonly operator: Operator; readonly value: string | number }
  /** The word stands in a run's name, notes, tags, model or data set. */
  | { readonly kind: 'search'; readonly text: string }
  /** A field on its own: it is true, or there is something in it. */
  | { readonly kind: 'has'; readonly field: string }

const FLAGS: ReadonlySet<string> = new Set(['starred', 'archived'])
const isKeyword = (token: Token | undefined, word: string): boolean => token?.kind === 'word' && token.value.toLowerCase() === word
/** Parentheses and negations in one another, and conditions; a person needs a handful, and a database refuses a thousand. */
const MAX_DEPTH = 40
const MAX_CONDITIONS = 200

const isOperator = (value: string): value is Operator => OPERATORS.some((one) => one === value)

/**
 * Reads a filter such as `val/top1 > 90 and (tag = baseline or config.seed != 3) demo`.
 * Conditions side by side must all hold; a word on its own is searched for. Fails with BAD_INPUT and a sentence that names the place.
 */
export function parseRunFilter(text: string): RunFilterNode {
  const tokens = tokenize(text)
  let at = 0
  let depth = 0
  let conditions = 0

  const fail = (token: Token | undefined, wanted: string): StudioError => {
    const place = token === undefined ? 'at its end' : `at "${text.slice(token.from, token.to)}" (character ${token.from + 1})`
    return new StudioError('BAD_INPUT', `The filter can't be read ${place}: ${wanted}.`)
  }

  const either = (): RunFilterNode => {
    const parts = [together()]
    while (isKeyword(tokens[at], 'or')) {
      at += 1
      parts.push(together())
    }
    const [only] = parts
    return parts.length === 1 && only !== undefined ? only : { kind: 'or', parts }
  }

  const together = (): RunFilterNode => {
    const parts = [negated()]
    for (;;) {
      const token = tokens[at]
      if (token === undefined || token.kind === 'close' || isKeyword(token, 'or')) break
      if (isKeyword(token, 'and')) at += 1
      parts.push(negated())
    }
    const [only] = parts
    return parts.length === 1 && only !== undefined ? only : { kind: 'and', parts }
  }

  /** What stands in parentheses or behind `not`. */
  const within = (read: () => RunFilterNode): RunFilterNode => {
    if (++depth > MAX_DEPTH) throw fail(tokens[at - 1], `at most ${MAX_DEPTH} parentheses and negations may stand in one another`)
    const inside = read()
    depth--
    return inside
  }

  const negated = (): RunFilterNode => {
    if (!isKeyword(tokens[at], 'not')) return condition()
    at += 1
    return { kind: 'not', part: within(negated) }
  }

  const condition = (): RunFilterNode => {
    const token = tokens[at]
    if (token === undefined) throw fail(token, 'a condition is missing, such as "status = finished"')
    if (token.kind === 'open') {
      at += 1
      const inside = within(either)
      if (tokens[at]?.kind !== 'close') throw fail(tokens[at], 'a closing parenthesis is missing')
      at += 1
      return inside
    }
    if (token.kind === 'close' || token.kind === 'operator' || isKeyword(token, 'and') || isKeyword(token, 'or'))
      throw fail(token, 'a condition is expected here, such as "status = finished"')
    if (++conditions > MAX_CONDITIONS) throw fail(token, `a filter has at most ${MAX_CONDITIONS} conditions`)
    at += 1
    const next = tokens[at]
    if (token.kind === 'word' && next?.kind === 'operator' && isOperator(next.value)) {
      at += 1
      return { kind: 'compare', field: token.value, operator: next.value, value: comparedWith(next) }
    }
    if (token.kind === 'word' && FLAGS.has(token.value)) return { kind: 'has', field: token.value }
    if (token.kind === 'word' && token.value.startsWith('has:')) return { kind: 'has', field: token.value.slice(4) }
    return { kind: 'search', text: token.value }
  }

  const comparedWith = (operator: Token): string | number => {
    const token = tokens[at]
    if (token === undefined || (token.kind !== 'word' && token.kind !== 'text')) throw fail(token, `a value is expected after "${operator.value}"`)
    at += 1
    const number = Number(token.value)
    return token.kind === 'word' && token.value !== '' && Number.isFinite(number) ? number : token.value
  }

  if (tokens.length === 0) return { kind: 'all' }
  const tree = either()
  if (at < tokens.length) throw fail(tokens[at], 'it does not belong to a condition')
  return tree
}
