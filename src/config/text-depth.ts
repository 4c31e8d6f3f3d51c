import { createScanner } from 'jsonc-parser'

/** Sections in sections; a configuration has six. */
export const MAX_DEPTH = 64

/** Where a text nests deeper than any configuration does, or null. Readers go down level by level and must not be sent without end. */
export function tooDeepAt(text: string): number | null {
  const scanner = createScanner(text, true)
  let depth = 0
  while (scanner.getPosition() < text.length) {
    scanner.scan()
    const offset = scanner.getTokenOffset()
    // No other token begins like this.
    const character = text[offset]
    if (character === '{' || character === '[') depth++
    else if (character === '}' || character === ']') depth--
    if (depth > MAX_DEPTH) return offset
  }
  return null
}
