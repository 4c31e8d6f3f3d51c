import { z } from 'zod'
import { alternatives, numberAllowedAt } from '../../config/schema-keys'
import { code } from './markdown'

const either = (words: readonly string[]): string => [...new Set(words)].join(' or ')

/** What one alternative may be. Sections are described where their keys are. */
function wordsOfOne(one: unknown): string | null {
  if (one instanceof z.ZodEnum) return one.options.map((option) => code(String(option))).join(', ')
  if (one instanceof z.ZodBoolean) return `${code('true')} or ${code('false')}`
  if (one instanceof z.ZodNumber) return numberAllowedAt(one, [])
  if (one instanceof z.ZodString) return 'a text'
  if (one instanceof z.ZodObject) return 'a section'
  if (one instanceof z.ZodRecord) return `an object; each value ${valueWords(one.valueType)}`
  if (one instanceof z.ZodTuple) return `a list of ${String(one.def.items.length)}: ${[...new Set(one.def.items.map(valueWords))].join('; ')}`
  if (one instanceof z.ZodArray) return `a list; each entry ${valueWords(one.element)}`
  return null
}

/** What a schema accepts, in words. A list of what may also stand alone is said shortly. */
export function valueWords(schema: unknown): string {
  const all = alternatives(schema)
  const single = all.filter((one) => !(one instanceof z.ZodArray)).map(wordsOfOne)
  const lists = all.filter((one) => one instanceof z.ZodArray)
  const words = single.filter((one) => one !== null)
  const listed = lists.map((list) => {
    const element = valueWords(list.element)
    return words.includes(element) ? 'a list of these' : wordsOfOne(list)
  })
  return either([...words, ...listed.filter((one) => one !== null)])
}
