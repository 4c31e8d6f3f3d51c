import { z } from 'zod'
import { alternatives } from './schema-keys'

export interface NumberRange {
  readonly whole: boolean
  readonly min: number | null
  readonly max: number | null
}

/** What a value looks like, as a control has to know it. `other` is left to the JSON text. */
export type FieldShape =
  | { readonly kind: 'switch' }
  | { readonly kind: 'choice'; readonly options: readonly string[] }
  /** One of the options, or a list of them. */
  | { readonly kind: 'choices'; readonly options: readonly string[] }
  | ({ readonly kind: 'number' } & NumberRange)
  /** `length` null: as many as wanted. */
  | { readonly kind: 'numbers'; readonly length: number | null; readonly items: readonly NumberRange[] }
  | { readonly kind: 'text' }
  /** One text, or a list of them. */
  | { readonly kind: 'lines' }
  | { readonly kind: 'group'; readonly fields: readonly Field[] }
  | { readonly kind: 'other' }

/** One key of a configuration. */
export interface Field {
  readonly key: string
  readonly path: readonly string[]
  readonly shape: FieldShape
  readonly description: string | null
  /** What counts where the key is left out; undefined where nothing does. */
  readonly defaultValue: unknown
  readonly required: boolean
}

function describing(schema: unknown): string | null {
  if (!(schema instanceof z.ZodType)) return null
  if (schema.description !== undefined) return schema.description
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return describing(schema.unwrap())
  return null
}

function defaultOf(schema: unknown): unknown {
  if (schema instanceof z.ZodDefault) return schema.def.defaultValue
  return schema instanceof z.ZodOptional || schema instanceof z.ZodNullable ? defaultOf(schema.unwrap()) : undefined
}

const limited = (bound: number | null): number | null => (bound === null || Math.abs(bound) >= Number.MAX_SAFE_INTEGER ? null : bound)
const rangeOf = (schema: z.ZodNumber): NumberRange => ({ whole: schema.isInt, min: limited(schema.minValue), max: limited(schema.maxValue) })
const isNumber = (schema: unknown): schema is z.ZodNumber => schema instanceof z.ZodNumber

/** The control's view of a schema; null for a key of the original that is refused here. */
function shapeOf(schema: unknown, path: readonly string[]): FieldShape | null {
  const all = alternatives(schema)
  if (all.some((one) => one instanceof z.ZodCustom)) return null
  const lists = all.filter((one) => one instanceof z.ZodArray)
  const object = all.find((one) => one instanceof z.ZodObject)
  if (object instanceof z.ZodObject) return { kind: 'group', fields: fieldsOf(object, path) }
  const choice = all.find((one) => one instanceof z.ZodEnum)
  if (choice instanceof z.ZodEnum) return { kind: lists.length > 0 ? 'choices' : 'choice', options: choice.options.map(String) }
  if (all.some((one) => one instanceof z.ZodBoolean)) return { kind: 'switch' }
  const number = all.find(isNumber)
  if (number !== undefined) return { kind: 'number', ...rangeOf(number) }
  const tuple = all.find((one) => one instanceof z.ZodTuple)
  if (tuple instanceof z.ZodTuple) {
    const items = tuple.def.items.flatMap((item) => alternatives(item).filter(isNumber)).map(rangeOf)
    return { kind: 'numbers', length: items.length, items }
  }
  const items = lists.flatMap((one) => alternatives(one.element))
  const [item] = items.filter(isNumber)
  if (item !== undefined) return { kind: 'numbers', length: null, items: [rangeOf(item)] }
  const isText = all.some((one) => one instanceof z.ZodString)
  if (isText) return { kind: lists.length > 0 ? 'lines' : 'text' }
  return { kind: 'other' }
}

/** The keys of an object schema in its order, without those that are refused. */
export function fieldsOf(schema: z.ZodObject, path: readonly string[] = []): Field[] {
  return Object.entries(schema.shape).flatMap(([key, inner]): Field[] => {
    const own = [...path, key]
    const shape = shapeOf(inner, own)
    if (shape === null) return []
    const defaultValue = defaultOf(inner)
    const required = inner instanceof z.ZodType && !inner.safeParse(undefined).success
    return [{ key, path: own, shape, description: describing(inner), defaultValue, required }]
  })
}
