/** Bounds of the learned widths: half and one and a half times the initial width, truncated (spec 5). */
export const INITIAL_BITS = 8
export const boundsFor = (initialBits: number): { minBits: number; maxBits: number } => ({
  minBits: Math.trunc(0.5 * initialBits),
  maxBits: Math.trunc(1.5 * initialBits),
})

/** One quantizer: where it sits and how it quantizes. Its index in the list is its index in every vector of widths. */
export interface QuantizerSpec {
  /** `<layer>|WEIGHT` or `<layer>|OUTPUT`. */
  readonly id: string
  readonly kind: 'weight' | 'activation'
  /** Layer that owns the weight, or whose output is quantized (`input` for the image). */
  readonly layer: string
  readonly mode: 'symmetric' | 'asymmetric'
  /** Number of channels with a range of their own; 1 is per-tensor. */
  readonly ranges: number
  readonly perChannel: boolean
  /** Weights are forced to a signed grid in symmetric mode; others decide from their statistics. */
  readonly forceSigned: boolean
  /** One level bit less on the same range, against overflow in 8-bit accumulation (spec 4.7). */
  readonly halfRange: boolean
  readonly initialBits: number
  readonly minBits: number
  readonly maxBits: number
  /** Number of weights; 0 for activations. */
  readonly elements: number
}
