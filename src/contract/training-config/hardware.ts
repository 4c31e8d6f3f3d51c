import { z } from 'zod'

const widths = (words: string): z.ZodArray<z.ZodInt> => z.array(z.int().min(2).max(16)).min(1).max(15).describe(words)

const isAscending = (values: readonly number[]): boolean => values.every((value, i) => i === 0 || value > (values[i - 1] ?? 0))

/** What widths a device computes with, and what a multiply-accumulate costs at each pair of them: the content of a file in `configs/hardware`. */
export const HardwareTable = z
  .strictObject({
    name: z.string().min(1).max(120).describe('What the device is called.'),
    unit: z.string().min(1).max(60).describe('What one unit of cost is, such as cycles.'),
    weight_bits: widths('Widths that weights may have, ascending.'),
    activation_bits: widths('Widths that activations may have, ascending.'),
    cost: z
      .array(z.array(z.number().positive()).min(1))
      .min(1)
      .describe('Cost of one multiply-accumulate: a row for each width of weights, with a number for each width of activations.'),
  })
  .refine(({ weight_bits, activation_bits }) => isAscending(weight_bits) && isAscending(activation_bits), 'Widths must ascend.')
  .refine(
    ({ weight_bits, activation_bits, cost }) => cost.length === weight_bits.length && cost.every((row) => row.length === activation_bits.length),
    'cost needs a row for each of weight_bits, and in each row a number for each of activation_bits.',
  )
export type HardwareTable = z.infer<typeof HardwareTable>
