import { parse } from 'jsonc-parser'
import { z } from 'zod'
import { tooDeepAt } from './text-depth'

const compression = z.object({ algorithm: z.string().optional(), loss: z.object({ compression_rate: z.number().optional(), size_bytes: z.number().optional() }).optional() })
const Outline = z.object({
  model: z.string().optional().catch(undefined),
  dataset: z.string().optional().catch(undefined),
  compression: z
    .union([compression, z.array(compression).transform((list) => list[0])])
    .optional()
    .catch(undefined),
})

/** What a list says about a configuration, taken from whatever can be read of its text. */
export function outlineOfText(text: string): { model: string | null; dataset: string | null; targetRate: number | null } {
  const value: unknown = tooDeepAt(text) === null ? parse(text, [], { allowTrailingComma: true }) : null
  const outline = Outline.safeParse(value).data
  const section = outline?.compression
  const learns = section?.algorithm === 'fracbits_quantization'
  // What rate a size in bytes comes to, the text alone does not tell.
  const hasRate = learns && section?.loss?.size_bytes === undefined
  return { model: outline?.model ?? null, dataset: outline?.dataset ?? null, targetRate: hasRate ? (section?.loss?.compression_rate ?? 1.5) : null }
}
