import { z } from 'zod'

/** The alternatives of a schema once defaults and optionality are taken off. */
function alternatives(schema: unknown): unknown[] {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return alternatives(schema.unwrap())
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(alternatives)
  return [schema]
}

function children(schema: unknown, key: string | number): unknown[] {
  return alternatives(schema).flatMap((one) => {
    if (one instanceof z.ZodObject && typeof key === 'string' && Object.hasOwn(one.shape, key)) return [one.shape[key]]
    if (one instanceof z.ZodArray && typeof key === 'number') return [one.element]
    return []
  })
}

/** Keys that an object at `path` may have. */
export function keysAt(schema: z.ZodType, path: readonly (string | number)[]): Set<string> {
  const reached = path.reduce<unknown[]>((at, key) => at.flatMap((one) => children(one, key)), [schema])
  return new Set(reached.flatMap(alternatives).flatMap((one) => (one instanceof z.ZodObject ? Object.keys(one.shape) : [])))
}
