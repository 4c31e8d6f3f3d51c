import type { LayerGradients } from '../models/layer-emission'
import { outputPoint } from '../quantization/quantizer-spec'
import type { Graph } from '../tensor/graph'
import * as op from '../tensor/ops'
import type { Tensor } from '../tensor/types'
import type { LayerChain } from './chained-layers'
import { type ChainForm, emitChain, emitChainGradient } from './pointwise-chain'
import type { QuantizerEmitter } from './quantizer-emitter'

export interface LayerChainContext {
  readonly graph: Graph
  readonly batchSize: number
  readonly batchNormTraining: boolean
  /** Stored value of a parameter, by state-dict name. */
  readonly stored: (name: string) => Tensor
  readonly quantizers: QuantizerEmitter | null
  readonly compileFrom: number
}

export interface EmittedChain {
  readonly output: Tensor
  /** Whether the quantizer of its output is part of it. */
  readonly isQuantized: boolean
  /** New running statistics, by state-dict name. */
  readonly statistics: ReadonlyMap<string, Tensor>
  readonly backward: (gradient: Tensor) => LayerGradients & { readonly quantizer: { readonly index: number; readonly parameters: readonly Tensor[]; readonly bits: Tensor } | null }
}

/** Writes a chain of layers of a network, forward, and backward on demand. */
export function emitLayerChain(context: LayerChainContext, chain: LayerChain, inputs: readonly Tensor[]): EmittedChain {
  const { graph, quantizers } = context
  const [x, other] = inputs
  if (!x) throw new RangeError(`${chain.first.id} has no input`)
  const shape = [context.batchSize, ...chain.last.shape]
  const channels = chain.last.shape[2]
  const size = { rows: shape.reduce((product, length) => product * length, 1) / channels, channels }
  const matrix = (tensor: Tensor): Tensor => op.reshape(graph, tensor, [size.rows, size.channels])

  const index = quantizers?.chains ? quantizers.indexOf(outputPoint(chain.last.id)) : -1
  const ends = index >= 0 ? (quantizers?.chains ?? null) : null
  const { norm } = chain
  const form: ChainForm = {
    norm: norm && { statistics: context.batchNormTraining ? 'batch' : 'running', epsilon: norm.epsilon, momentum: norm.momentum },
    adds: chain.add !== null,
    activation: chain.activation?.kind ?? null,
    quantizer: ends && quantizedForm(ends.form(index), size.channels),
  }
  const parameter = (suffix: string): Tensor => context.stored(`${norm?.id ?? ''}.${suffix}`)
  const chainInputs = {
    x: matrix(x),
    addend: chain.add && other ? matrix(other) : null,
    norm: norm && { scale: parameter('weight'), shift: parameter('bias'), mean: parameter('running_mean'), variance: parameter('running_var') },
    grid: ends && ends.grid(index),
  }
  const place = { graph, compileFrom: context.compileFrom }
  const output = emitChain(place, form, size, chainInputs)
  const statistics: [string, Tensor][] =
    norm && output.running
      ? [
          [`${norm.id}.running_mean`, output.running.mean],
          [`${norm.id}.running_var`, output.running.variance],
        ]
      : []
  return {
    output: op.reshape(graph, output.y, shape),
    isQuantized: ends !== null,
    statistics: new Map(statistics),
    backward: (gradient) => {
      const gradients = emitChainGradient(place, form, size, chainInputs, output, matrix(gradient))
      const dx = op.reshape(graph, gradients.x, shape)
      const ofNorm: [string, Tensor][] =
        norm && gradients.norm
          ? [
              [`${norm.id}.weight`, gradients.norm.scale],
              [`${norm.id}.bias`, gradients.norm.shift],
            ]
          : []
      return {
        inputs: inputs.map(() => dx),
        parameters: new Map(ofNorm),
        quantizer: ends && gradients.quantizer ? { index, ...ends.towardsStored(index, gradients.quantizer) } : null,
      }
    },
  }
}

/** A range per channel counts only where there are several channels. */
const quantizedForm = (form: NonNullable<ChainForm['quantizer']>, channels: number): NonNullable<ChainForm['quantizer']> => ({ ...form, perChannel: form.perChannel && channels > 1 })
