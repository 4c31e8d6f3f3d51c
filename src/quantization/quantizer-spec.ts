/** Width that a quantizer starts from where the configuration gives none. */
export const INITIAL_BITS = 8

/** Bounds of the learned widths: half and one and a half times the initial width, truncated (spec 5). */
export const boundsFor = (initialBits: number): { minBits: number; maxBits: number } => ({
  minBits: Math.trunc(0.5 * initialBits),
  maxBits: Math.trunc(1.5 * initialBits),
})

/** What stands for a reader's layer id where the logits themselves are quantized. */
export const LOGITS_READER = 'output'

/** Ids of the places where values can be quantized; `port` counts the inputs of the layer `reader`. */
export const weightPoint = (layer: string): string => `${layer}|WEIGHT`
export const outputPoint = (layer: string): string => `${layer}|OUTPUT`
export const inputPoint = (reader: string, port: number): string => `${reader}|INPUT${String(port)}`

/** What a quantizer's range is made of, by mode, as its variables end: `quantizers/<id>/<part>`. */
export const rangeParts = ({ mode }: Pick<QuantizerSpec, 'mode'>): readonly string[] => (mode === 'symmetric' ? ['scale'] : ['input_low', 'input_range'])

/** One place in the network where a quantizer is applied. */
export interface QuantizationPoint {
  /** As {@link weightPoint}, {@link outputPoint} and {@link inputPoint} name it: a weight, a value for all its readers, or a value for one reader. */
  readonly id: string
  /** The layer that owns the weight or produces the value (`input` for the image); the reader is named in `id` where it matters. */
  readonly layer: string
  /** Name of the traced operation as NNCF gives it (spec 2.5): the last of a fused chain for outputs, the first for inputs. */
  readonly node: string
  /** `<node>|WEIGHT`, `<node>|OUTPUT` or `<node>|INPUT<port>`. */
  readonly nncfId: string
  /** Position among all points in the order in which the network runs them, from 0. */
  readonly order: number
  /** Traced operations whose inputs are quantized here, by node name, in execution order. */
  readonly quantizes: readonly string[]
}

/** One quantizer: where it sits and how it quantizes. Its index in the list is its index in every vector of widths. */
export interface QuantizerSpec {
  /** Id of its primary point. */
  readonly id: string
  readonly kind: 'weight' | 'activation'
  /** Layer of the primary point. */
  readonly layer: string
  /**
   * Where it is applied, in execution order. Several points share one scale and one width where their values are concatenated (spec 6.5);
   * the primary point is the one whose node name sorts first.
   */
  readonly points: readonly [QuantizationPoint, ...QuantizationPoint[]]
  /** Prefix of its entries in an NNCF state dict (spec 1.7). */
  readonly stateKey: string
  readonly mode: 'symmetric' | 'asymmetric'
  /** Number of channels with a range of their own; 1 is per-tensor. */
  readonly ranges: number
  readonly perChannel: boolean
  /** Shape of scales and ranges in an NNCF state dict (spec 4.2). */
  readonly scaleShape: readonly number[]
  /** Sign of a symmetric grid where it is imposed (true: signed); null decides from statistics. */
  readonly forceSigned: boolean | null
  /** Scales and ranges are stored, and trained, as logarithms. */
  readonly logarithmic: boolean
  /** One level bit less on the same range, against overflow in 8-bit accumulation (spec 4.7). */
  readonly halfRange: boolean
  readonly initialBits: number
  readonly minBits: number
  readonly maxBits: number
  /** Widths that the device has, ascending; left out, every whole one between the bounds. */
  readonly allowedBits?: readonly number[]
  /** Width that training starts from, where that is not the initial one that sizes are compared with. */
  readonly startBits?: number
  /** Number of weights; 0 for activations. */
  readonly elements: number
  /** Output channels of a weight that each have a width of their own; left out, the quantizer has one width. */
  readonly kernels?: number
}
