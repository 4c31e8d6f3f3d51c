import type { OptimizerConfig } from '../contract/training-config'
import type { Graph } from '../tensor/graph'
import * as op from '../tensor/ops'
import type { Tensor } from '../tensor/types'
import { applyMomentum, assignVariable, type Variable } from '../tensor/variables'

/** The sample's defaults: momentum 0.9 unless `optimizer_params` is given, then what stands there (spec 10.2). */
export function momentumOf(config: OptimizerConfig): number {
  return config.optimizer_params === undefined ? 0.9 : (config.optimizer_params.momentum ?? 0)
}

export interface UpdateInputs {
  readonly rate: Tensor
  /** 1 - beta1^t and 1 - beta2^t for Adam, as a float32 [2]. */
  readonly adamCorrection: Tensor
}

/** How many state vectors the optimizer keeps per parameter. */
export const slotCount = (config: OptimizerConfig): number => (config.type.toLowerCase() === 'adam' ? 2 : 1)

/**
 * Writes one optimizer step for one parameter, as torch.optim.SGD or torch.optim.Adam take it (weight decay added to the gradient).
 * Gives the operation that must have run.
 */
export function emitUpdate(graph: Graph, config: OptimizerConfig, parameter: Variable, slots: readonly Variable[], gradient: Tensor, inputs: UpdateInputs): Tensor[] {
  const decayed = config.weight_decay === 0 ? gradient : op.add(graph, gradient, op.multiply(graph, parameter.value, graph.scalar(config.weight_decay)))
  const [first, second] = slots
  if (!first) throw new RangeError(`${parameter.name} has no optimizer state`)
  if (config.type.toLowerCase() === 'sgd') {
    return [applyMomentum(graph, parameter, first, inputs.rate, decayed, graph.scalar(momentumOf(config)), config.optimizer_params?.nesterov ?? false)]
  }
  if (!second) throw new RangeError(`${parameter.name} has one optimizer state, Adam needs two`)
  return adam(graph, config, parameter, first, second, decayed, inputs)
}

function adam(graph: Graph, config: OptimizerConfig, parameter: Variable, mean: Variable, variance: Variable, gradient: Tensor, inputs: UpdateInputs): Tensor[] {
  const [beta1, beta2] = config.optimizer_params?.betas ?? [0.9, 0.999]
  const mix = (old: Tensor, fresh: Tensor, beta: number): Tensor =>
    op.add(graph, op.multiply(graph, old, graph.scalar(beta)), op.multiply(graph, fresh, graph.scalar(1 - beta)))
  const newMean = mix(mean.value, gradient, beta1)
  const newVariance = mix(variance.value, op.square(graph, gradient), beta2)
  const [correction1, correction2] = op.unpack(graph, inputs.adamCorrection, 2)
  if (!correction1 || !correction2) throw new RangeError('Adam corrections')
  const spread = op.add(graph, op.squareRoot(graph, op.divide(graph, newVariance, correction2)), graph.scalar(config.optimizer_params?.eps ?? 1e-8))
  const step = op.multiply(graph, inputs.rate, op.divide(graph, op.divide(graph, newMean, correction1), spread))
  return [
    assignVariable(graph, parameter.handle, op.subtract(graph, parameter.value, step)),
    assignVariable(graph, mean.handle, newMean),
    assignVariable(graph, variance.handle, newVariance),
  ]
}

/** Feeds for {@link UpdateInputs.adamCorrection} at the t-th step of a stage (1-based). */
export function adamCorrections(config: OptimizerConfig, t: number): Float32Array {
  const [beta1, beta2] = config.optimizer_params?.betas ?? [0.9, 0.999]
  return Float32Array.of(1 - beta1 ** t, 1 - beta2 ** t)
}
