import type { Graph } from '../../tensor/graph'
import * as op from '../../tensor/ops'
import type { Tensor } from '../../tensor/types'

/** What a layer is emitted with. */
export interface EmissionContext {
  readonly graph: Graph
  readonly batchSize: number
  /** Batch statistics normalise and running ones are updated. */
  readonly batchNormTraining: boolean
  /** Batch statistics are summed as precisely as torch sums them, instead of by the faster fused kernel. */
  readonly preciseBatchNorm?: boolean | undefined
  /** Null leaves dropout out; else an int32 [2] seed that differs in every step. */
  readonly dropoutSeed: Tensor | null
  /** Which of the equal parts of a batch this is: dropout then falls as in the whole. Absent: the whole. */
  readonly part?: BatchPart | undefined
  /** The current value of a parameter by state-dict name; a quantized weight in place of the stored one. */
  readonly parameter: (name: string) => Tensor
  /** Where given, sums are taken over integers, which is exact in float32. */
  readonly integers?: IntegerValues | undefined
  /** What sums of products are computed in, forward and backward: bfloat16 keeps 8 bits of each factor. Absent: float32. */
  readonly arithmetic?: Arithmetic | undefined
}

/** One of the equal parts that a batch is divided into. */
export interface BatchPart {
  /** From 0. */
  readonly index: number
  readonly count: number
}

export type Arithmetic = 'float32' | 'bfloat16'

/** Integers that are divided by a factor. */
export interface IntegerValue {
  readonly levels: Tensor
  readonly factor: Tensor
  /** Each channel has a factor of its own. */
  readonly isPerChannel: boolean
}
/** Values that are such integers: quantized ones, and exact sums of their products. */
export type IntegerValues = Map<Tensor, IntegerValue>

export interface LayerGradients {
  /** In the order of the layer's inputs. */
  readonly inputs: readonly Tensor[]
  /** By state-dict name. */
  readonly parameters: ReadonlyMap<string, Tensor>
}

export interface EmittedLayer {
  /** [batch, height, width, channels]; [batch, channels] from a linear layer. */
  readonly output: Tensor
  /** New running statistics, by state-dict name. */
  readonly statistics: ReadonlyMap<string, Tensor>
  /** Emits the backward operations. */
  readonly backward: (gradient: Tensor) => LayerGradients
}

export const NO_STATISTICS: ReadonlyMap<string, Tensor> = new Map()

/** A layer without parameters: its output and the gradients of its inputs. */
export const withoutParameters = (output: Tensor, backward: (gradient: Tensor) => readonly Tensor[]): EmittedLayer => ({
  output,
  statistics: NO_STATISTICS,
  backward: (gradient) => ({ inputs: backward(gradient), parameters: new Map() }),
})

/** A product in the arithmetic of the pass: takes and gives float32. */
export function inArithmetic({ graph: g, arithmetic = 'float32' }: EmissionContext, factors: readonly [Tensor, Tensor], product: (a: Tensor, b: Tensor) => Tensor): Tensor {
  const [a, b] = factors
  return arithmetic === 'float32' ? product(a, b) : op.cast(g, product(op.cast(g, a, arithmetic), op.cast(g, b, arithmetic)), 'float32')
}

export interface ProductFactors {
  readonly x: Tensor
  readonly w: Tensor
  /** No sum goes over several channels of `x`: output channel i reads input channel i alone. */
  readonly isChannelwise: boolean
}

/**
 * A sum of products of `x` and `w`. Where both are integers, and those that are summed share a factor, it is computed over those; rounding it undoes
 * whatever a kernel's order or algorithm may have left, and the result is known as integers again.
 */
export function sumOfProducts({ graph: g, integers }: EmissionContext, { x, w, isChannelwise }: ProductFactors, product: (x: Tensor, w: Tensor) => Tensor): Tensor {
  const [a, b] = [integers?.get(x), integers?.get(w)]
  if (!a || !b || (a.isPerChannel && !isChannelwise)) return product(x, w)
  const levels = op.round(g, product(a.levels, b.levels))
  const factor = op.multiply(g, a.factor, b.factor)
  const sum = op.divide(g, levels, factor)
  integers?.set(sum, { levels, factor, isPerChannel: a.isPerChannel || b.isPerChannel })
  return sum
}
