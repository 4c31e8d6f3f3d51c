import { z } from 'zod'
import { conditionsOf } from '../../config/key-relevance'
import { wordsOf } from '../../config/key-words'
import { alternatives } from '../../config/schema-keys'
import { TrainingConfig } from '../../contract/training-config'
import { valueWords } from './value-words'

/** One key that a configuration may have. */
export interface ConfigurationKey {
  readonly key: string
  readonly path: string
  readonly value: string
  readonly unit: string | null
  readonly required: boolean
  /** Undefined where nothing counts for a key that is left out, or where the key is a section. */
  readonly defaultValue: unknown
  readonly description: string | null
  readonly conditions: readonly string[]
  /** Sections with keys of their own that this key leads to, by their paths. */
  readonly leadsTo: readonly string[]
}

/** A key of the original that is not taken, and what a person reads who gives it. */
export interface RefusedKey {
  readonly path: string
  readonly message: string
}

export interface ConfigurationSection {
  /** Empty for the top level; `[]` stands for any entry of a list, `NAME` for a name that the person gives. */
  readonly path: string
  readonly keys: readonly ConfigurationKey[]
}

export interface ConfigurationKeys {
  readonly sections: readonly ConfigurationSection[]
  readonly refused: readonly RefusedKey[]
}

/** The first description on the way through a schema's wrappers. */
function describing(schema: unknown): string | null {
  if (!(schema instanceof z.ZodType)) return null
  if (schema.description !== undefined) return schema.description
  return schema instanceof z.ZodDefault || schema instanceof z.ZodOptional || schema instanceof z.ZodNullable ? describing(schema.unwrap()) : null
}

const defaultOf = (schema: unknown): unknown => {
  if (schema instanceof z.ZodDefault) return schema.def.defaultValue
  return schema instanceof z.ZodOptional ? defaultOf(schema.unwrap()) : undefined
}

/** Objects that a key may hold: itself, in a list, or under names. */
function objectsAt(schema: unknown, path: string): { object: z.ZodObject; path: string }[] {
  const found = alternatives(schema).flatMap((one) => {
    if (one instanceof z.ZodObject) return [{ object: one, path }]
    if (one instanceof z.ZodArray) return objectsAt(one.element, `${path}[]`)
    return one instanceof z.ZodRecord ? objectsAt(one.valueType, `${path}.NAME`) : []
  })
  return found.filter(({ object }, index) => found.findIndex((other) => other.object === object) === index)
}

const refusalOf = (schema: unknown): string | null => {
  if (!(schema instanceof z.ZodType) || !alternatives(schema).some((one) => one instanceof z.ZodCustom)) return null
  return schema.safeParse(0).error?.issues[0]?.message ?? null
}

/**
 * Every key of the schema of configurations, section by section: the top level first, then the sections in it, then those in these. A section that may
 * stand in several places is described once, at the first of them.
 */
export function configurationKeys(): ConfigurationKeys {
  const refused: RefusedKey[] = []
  const waiting: { object: z.ZodObject; path: string }[] = [{ object: TrainingConfig, path: '' }]
  const placeOf = ({ object, path }: { object: z.ZodObject; path: string }): string => {
    const known = waiting.find((one) => one.object.shape === object.shape)
    if (known !== undefined) return known.path
    waiting.push({ object, path })
    return path
  }
  const sections: ConfigurationSection[] = []
  // Grows while it is gone through.
  for (const { object, path } of waiting) {
    const keys = Object.entries(object.shape).flatMap(([key, schema]): ConfigurationKey[] => {
      const own = path === '' ? key : `${path}.${key}`
      const message = refusalOf(schema)
      if (message === null) return [keyOf(key, own, schema, objectsAt(schema, own).map(placeOf))]
      refused.push({ path: own, message })
      return []
    })
    sections.push({ path, keys })
  }
  return { sections, refused }
}

function keyOf(key: string, path: string, schema: unknown, leadsTo: readonly string[]): ConfigurationKey {
  return {
    key,
    path,
    value: valueWords(schema),
    unit: wordsOf(path.split('.')).unit ?? null,
    required: schema instanceof z.ZodType && !schema.safeParse(undefined).success,
    defaultValue: leadsTo.length > 0 ? undefined : defaultOf(schema),
    description: describing(schema),
    conditions: conditionsOf(path),
    leadsTo,
  }
}
