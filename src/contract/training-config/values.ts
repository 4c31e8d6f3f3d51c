import { z } from 'zod'

export const positiveInt = z.int().min(1)
export const fraction = z.number().min(0).max(1)

/** Node names, or regular expressions marked with `{re}` (spec 2.5). */
export const scopes = z.union([z.string().max(1000), z.array(z.string().max(1000)).max(1000)])

/** A key of the original that cannot be followed here: whoever gives it reads why, and what to do. */
export const refused = (sentence: string): z.ZodOptional<z.ZodType<undefined>> =>
  z.custom<undefined>((value) => value === undefined, sentence).optional()
