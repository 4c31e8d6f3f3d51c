/** A piece of a filter expression; `from` and `to` are its place in the text. */
export interface Token {
  readonly kind: 'word' | 'text' | 'operator' | 'open' | 'close'
  /** Without quotes. */
  readonly value: string
  readonly from: number
  readonly to: number
}

export const OPERATORS = ['!=', '<=', '>=', '!~', '=', '<', '>', '~'] as const
export type Operator = (typeof OPERATORS)[number]

const WORD_END = /[\s()=<>!~"']/

/** Cuts a filter into words, quoted texts, operators and parentheses. A quote that is not closed runs to the end. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    const start = at
    const character = text.charAt(at)
    const operator = OPERATORS.find((one) => text.startsWith(one, at))
    if (/\s/.test(character)) at += 1
    else if (character === '(' || character === ')') {
      at += 1
      tokens.push({ kind: character === '(' ? 'open' : 'close', value: character, from: start, to: at })
    } else if (character === '"' || character === "'") {
      const end = text.indexOf(character, at + 1)
      at = end === -1 ? text.length : end + 1
      tokens.push({ kind: 'text', value: text.slice(start + 1, end === -1 ? text.length : end), from: start, to: at })
    } else if (operator !== undefined) {
      at += operator.length
      tokens.push({ kind: 'operator', value: operator, from: start, to: at })
    } else {
      at += 1
      while (at < text.length && !WORD_END.test(text.charAt(at))) at += 1
      tokens.push({ kind: 'word', value: text.slice(start, at), from: start, to: at })
    }
  }
  return tokens
}
