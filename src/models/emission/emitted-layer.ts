import type { Graph } from '../../tensor/graph'
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
  /** The current value of a parameter by state-dict name; a quantized weight in place of the stored one. */
  readonly parameter: (name: string) => Tensor
}

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
