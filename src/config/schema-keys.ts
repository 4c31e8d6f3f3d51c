import { z } from 'zod'

/** The alternatives of a schema once defaults and optionality are taken off. */
export function alternatives(schema: unknown): unknown[] {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return alternatives(schema.unwrap())
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(alternatives)
  if (schema instanceof z.ZodPipe) return [...alternatives(schema.in), ...alternatives(schema.out)]
  return [schema]
}

function children(schema: unknown, key: string | number): unknown[] {
  return alternatives(schema).flatMap((one) => {
    if (one instanceof z.ZodObject && typeof key === 'string' && Object.hasOwn(one.shape, key)) return [one.shape[key]]
    if (one instanceof z.ZodRecord && typeof key === 'string') return [one.valueType]
    if (one instanceof z.ZodArray && typeof key === 'number') return [one.element]
    if (one instanceof z.ZodTuple && typeof key === 'number') return [one.def.items[key]]
    return []
  })
}

/** Everything that may stand at `path`. */
export const schemasAt = (schema: z.ZodType, path: readonly (string | number)[]): unknown[] =>
  path.reduce<unknown[]>((at, key) => at.flatMap((one) => children(one, key)), [schema]).flatMap(alternatives)

/** Keys that an object at `path` may have. */
export function keysAt(schema: z.ZodType, path: readonly (string | number)[]): Set<string> {
  return new Set(schemasAt(schema, path).flatMap((one) => (one instanceof z.ZodObject ? Object.keys(one.shape) : [])))
}

const Bounds = z.object({
  minimum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  maximum: z.number().optional(),
  exclusiveMaximum: z.number().optional(),
})

/** What a number at `path` may be, in words; null where no number belongs. */
export function numberAllowedAt(schema: z.ZodType, path: readonly (string | number)[]): string | null {
  const found = schemasAt(schema, path).find((one) => one instanceof z.ZodNumber)
  if (found === undefined) return null
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum } = Bounds.parse(z.toJSONSchema(found))
  // Whole numbers are limited to the safe ones in any case, which nobody needs to read.
  const limited = (bound: number | undefined): bound is number => bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER
  const parts = [
    limited(minimum) ? `at least ${minimum}` : limited(exclusiveMinimum) ? `more than ${exclusiveMinimum}` : null,
    limited(maximum) ? `at most ${maximum}` : limited(exclusiveMaximum) ? `less than ${exclusiveMaximum}` : null,
  ].filter((part) => part !== null)
  const kind = found.isInt ? 'a whole number' : 'a number'
  return parts.length === 0 ? kind : `${kind}, ${parts.join(' and ')}`
}
