import { describe, expect, it } from 'vitest'
import { completionPlace, quoteValue } from './complete'
import { parseRunFilter } from './parse'

const compare = (field: string, operator: string, value: string | number) => ({ kind: 'compare', field, operator, value })

describe('filter of runs', () => {
  it.each([
    ['parentheses', '('.repeat(4000)],
    ['negations', `${'not '.repeat(999)}a`],
    ['conditions', 'a '.repeat(2000)],
  ])('refuses more %s than a database takes, with a sentence', (_, text) => {
    expect(() => parseRunFilter(text)).toThrow(expect.objectContaining({ code: 'BAD_INPUT', message: expect.stringContaining('at most') as unknown }))
  })

  it('takes everything when it is empty', () => expect(parseRunFilter('  ')).toEqual({ kind: 'all' }))

  it('reads comparisons with numbers, words and quoted texts', () => {
    expect(parseRunFilter('val/top1:best>=91.5')).toEqual(compare('val/top1:best', '>=', 91.5))
    expect(parseRunFilter('config.optimizer.base_lr = 1e-3')).toEqual(compare('config.optimizer.base_lr', '=', 0.001))
    expect(parseRunFilter('name ~ "two words"')).toEqual(compare('name', '~', 'two words'))
    expect(parseRunFilter("tag != '5'")).toEqual(compare('tag', '!=', '5'))
  })

  it('binds not before and before or; what stands side by side must all hold', () => {
    const a = compare('a', '=', 1)
    const b = compare('b', '=', 2)
    expect(parseRunFilter('a=1 b=2 or not starred')).toEqual({
      kind: 'or',
      parts: [
        { kind: 'and', parts: [a, b] },
        { kind: 'not', part: { kind: 'has', field: 'starred' } },
      ],
    })
    expect(parseRunFilter('a=1 AND (b=2 OR demo)')).toEqual({
      kind: 'and',
      parts: [a, { kind: 'or', parts: [b, { kind: 'search', text: 'demo' }] }],
    })
  })

  it.each([
    ['val/top1 >', 'at its end: a value is expected after ">"'],
    ['(a = 1', 'a closing parenthesis is missing'],
    ['a = 1 )', 'at ")" (character 7)'],
    ['and a', 'at "and"'],
    ['> 3', 'at ">"'],
  ])('says where %s goes wrong', (text, words) => expect(() => parseRunFilter(text)).toThrow(words))
})

describe('completion', () => {
  const place = (text: string, caret = text.length) => completionPlace(text, caret, (word) => word === 'status')
  it('knows whether a field, an operator or a value is being written', () => {
    expect(place('sta')).toEqual({ wants: 'field', field: '', typed: 'sta', from: 0, to: 3 })
    expect(place('status ')).toMatchObject({ wants: 'operator', field: 'status', from: 7 })
    expect(place('status = fin')).toEqual({ wants: 'value', field: 'status', typed: 'fin', from: 9, to: 12 })
    expect(place('status = finished and ')).toMatchObject({ wants: 'field', typed: '' })
    expect(place('status =  and x', 9)).toMatchObject({ wants: 'value', field: 'status', typed: '' })
  })
  it('quotes what could be read otherwise', () => {
    expect([quoteValue('finished'), quoteValue('two words'), quoteValue('5'), quoteValue(5)]).toEqual(['finished', '"two words"', '"5"', '5'])
  })
})
