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

/** A network whose answers are learned too. */
export interface Teacher {
  /** [batch, classes]. */
  readonly logits: Tensor
  readonly weight: number
  readonly temperature: number
}

/** Divergence of the student's probabilities from the teacher's, KL(teacher || student) with both logits over T, times T^2 (Hinton et al. 2015), as mean and gradient. */
function divergence(graph: Graph, logits: Tensor, { logits: taught, temperature }: Teacher, batchSize: number): { value: Tensor; gradient: Tensor } {
  const softened = (of: Tensor): Tensor => op.divide(graph, of, graph.scalar(temperature))
  const wanted = nn.softmax(graph, softened(taught))
  const student = nn.softCrossEntropy(graph, softened(logits), wanted)
  // The teacher's own entropy, so that nothing is left where both agree.
  const entropy = nn.softCrossEntropy(graph, softened(taught), wanted).loss
  const mean = op.reduceMean(graph, op.subtract(graph, student.loss, entropy), [0])
  return { value: op.multiply(graph, mean, graph.scalar(temperature ** 2)), gradient: op.multiply(graph, student.gradient, graph.scalar(temperature / batchSize)) }
}

/** Cross-entropy of a pass against int32 labels [batch], all of them valid classes; with a teacher, (1 - weight) of it and `weight` of the divergence from the teacher. */
export function classificationLoss(graph: Graph, pass: NetworkPass, labels: Tensor, batchSize: number, teacher: Teacher | null = null): ClassificationLoss {
  const weighted = (logits: Tensor, weight: number): { value: Tensor; gradient: Tensor } => {
    const { loss, gradient } = nn.softmaxCrossEntropy(graph, logits, labels)
    const mean = op.reduceMean(graph, loss, [0])
    return {
      value: weight === 1 ? mean : op.multiply(graph, mean, graph.scalar(weight)),
      gradient: op.multiply(graph, gradient, graph.scalar(weight / batchSize)),
    }
  }
  const taught = (own: { value: Tensor; gradient: Tensor }, of: Teacher): { value: Tensor; gradient: Tensor } => {
    const { value, gradient } = divergence(graph, pass.logits, of, batchSize)
    const share = graph.scalar(of.weight)
    return { value: op.add(graph, own.value, op.multiply(graph, value, share)), gradient: op.add(graph, own.gradient, op.multiply(graph, gradient, share)) }
  }
  const main = teacher === null ? weighted(pass.logits, 1) : taught(weighted(pass.logits, 1 - teacher.weight), teacher)
  const auxiliary = pass.auxiliaryLogits && weighted(pass.auxiliaryLogits, AUXILIARY_WEIGHT)
  return {
    crossEntropy: auxiliary ? op.add(graph, main.value, auxiliary.value) : main.value,
    backward: () => pass.backward(main.gradient, auxiliary?.gradient),
  }
}
