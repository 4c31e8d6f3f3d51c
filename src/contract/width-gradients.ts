import { z } from 'zod'

/**
 * What pulled at the bit-widths: the gradients of both parts of the loss by each quantizer's width, as means over the training steps `from` to `to`.
 * One entry per quantizer, in units of loss per bit; above zero the part pulls the width down. Before bounds and learning rates apply.
 */
export const WidthGradients = z.object({ from: z.int(), to: z.int(), task: z.array(z.number()), size: z.array(z.number()) })
export type WidthGradients = z.infer<typeof WidthGradients>
