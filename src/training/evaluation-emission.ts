import * as nn from '../tensor/nn-ops'
import * as op from '../tensor/ops'
import type { Tensor } from '../tensor/types'
import type { GraphContext } from './graph-context'
import type { QuantizerEmitter } from './quantizer-emitter'

/** What an evaluated batch reports: sums over its images. */
export const EVALUATION_REPORT = ['loss', 'top1', 'top5', 'images'] as const

export interface EmittedEvaluation {
  readonly report: Tensor
  /** [images, classes]. */
  readonly logits: Tensor
}

/** One batch in evaluation; images with the label -1 are padding and do not count. */
export function emitEvaluation({ graph, options, feeds, evaluationPass }: GraphContext, quantizers: QuantizerEmitter | null, name: string, integerSums = false): EmittedEvaluation {
  const { logits } = evaluationPass(quantizers, integerSums)
  const zero = graph.constant('int32', [], [0])
  const valid = op.cast(graph, op.greaterEqual(graph, feeds.evaluationLabels, zero), 'float32')
  const labels = op.maximum(graph, feeds.evaluationLabels, zero)
  const masked = (values: Tensor): Tensor => op.reduceSum(graph, op.multiply(graph, values, valid), [0])
  const top = (k: number): Tensor => masked(op.cast(graph, nn.inTopK(graph, logits, labels, Math.min(k, options.network.numClasses)), 'float32'))
  const report = op.pack(graph, [masked(nn.softmaxCrossEntropy(graph, logits, labels).loss), top(1), top(5), op.reduceSum(graph, valid, [0])])
  return { report: op.identity(graph, report, [], name), logits }
}
