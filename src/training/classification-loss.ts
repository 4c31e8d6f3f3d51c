import { AUXILIARY_WEIGHT } from '../models/layers'
import type { Graph } from '../tensor/graph'
import * as nn from '../tensor/nn-ops'
import * as op from '../tensor/ops'
import type { Tensor } from '../tensor/types'
import type { NetworkPass, PassGradients } from './network-pass'

export interface ClassificationLoss {
  /** Mean over the batch; an auxiliary head that ran counts `AUXILIARY_WEIGHT` of its own (spec 1.4). */
  readonly crossEntropy: Tensor
  /** Emits the backward pass. */
  backward(): PassGradients
}

/** Cross-entropy of a pass against int32 labels [batch], all of them valid classes. */
export function classificationLoss(graph: Graph, pass: NetworkPass, labels: Tensor, batchSize: number): ClassificationLoss {
  const weighted = (logits: Tensor, weight: number): { value: Tensor; gradient: Tensor } => {
    const { loss, gradient } = nn.softmaxCrossEntropy(graph, logits, labels)
    const mean = op.reduceMean(graph, loss, [0])
    return {
      value: weight === 1 ? mean : op.multiply(graph, mean, graph.scalar(weight)),
      gradient: op.multiply(graph, gradient, graph.scalar(weight / batchSize)),
    }
  }
  const main = weighted(pass.logits, 1)
  const auxiliary = pass.auxiliaryLogits && weighted(pass.auxiliaryLogits, AUXILIARY_WEIGHT)
  return {
    crossEntropy: auxiliary ? op.add(graph, main.value, auxiliary.value) : main.value,
    backward: () => pass.backward(main.gradient, auxiliary?.gradient),
  }
}
