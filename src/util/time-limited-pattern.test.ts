import { describe, expect, it } from 'vitest'
import { EndlessPattern, findsPattern } from './time-limited-pattern'

describe('a regular expression of a stranger', () => {
  it.each([
    ['conv\\d', 'net/conv1', true],
    ['^conv', 'net/conv1', false],
    ['(layer[12]|fc).*(conv){1,2}[0-9]+', 'net/layer2/conv10', true],
    ['(a+)+b', 'aaab', true],
  ])('%s in %s is decided as ever', (pattern, text, found) => expect(findsPattern(pattern, text)).toBe(found))

  it.each(['(a+)+$', '(a|aa)*$', '(.*)*x', '.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*x'])('%s is given up when it never ends', (pattern) => {
    expect(() => findsPattern(pattern, `${'a'.repeat(200)}!`)).toThrow(EndlessPattern)
  })

  it.each(['(', '(('.repeat(20_000), 'a{2,1}'])('that is none is a SyntaxError', (pattern) => {
    expect(() => findsPattern(pattern.slice(0, 30_000), 'a')).toThrow(SyntaxError)
  })
})
