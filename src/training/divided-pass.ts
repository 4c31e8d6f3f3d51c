import type { BitWidths } from '../quantization/bit-widths'
import * as nn from '../tensor/nn-ops'
import * as op from '../tensor/ops'
import type { Tensor } from '../tensor/types'
import { classificationLoss } from './classification-loss'
import type { GraphContext } from './graph-context'
import type { PassGradients } from './network-pass'
import { meanOfParts, sumOfParts, type TrainingPart } from './training-parts'

/** A training batch, forward and backward. */
export interface DividedPass {
  /** Mean over the batch. */
  readonly crossEntropy: Tensor
  /** [images, classes], in the order of the batch. */
  readonly logits: Tensor
  /** Of the mean cross-entropy. */
  readonly gradients: PassGradients
  /** New running statistics, by state-dict name. */
  readonly statistics: ReadonlyMap<string, Tensor>
  /** Images whose label is among the 1 and the 5 classes that got most. */
  readonly correct: readonly [top1: Tensor, top5: Tensor]
}

interface PartPass extends Omit<DividedPass, 'correct'> {
  readonly correct: readonly Tensor[]
}

/**
 * Writes a pass for each part of the training batch on its device, over the one set of variables, and the means of their gradients, as the
 * original's replicas have them: batch norms normalise a part by its own statistics, and the running ones are those of the first part.
 */
export function emitDividedPass(context: GraphContext, widths: BitWidths | null): DividedPass {
  const { graph, parts } = context
  const passes = parts.map((part) => graph.on(part.device, () => emitPart(context, part, widths)))
  const [first] = passes
  if (!first) throw new RangeError('a batch has a part')
  if (passes.length === 1) return { ...first, correct: pairOf(first.correct) }
  const mean = (of: (pass: PartPass) => Tensor): Tensor => meanOfParts(graph, passes.map(of))
  const means = <K>(of: (gradients: PassGradients) => ReadonlyMap<K, Tensor>): Map<K, Tensor> =>
    new Map([...of(first.gradients).keys()].map((key) => [key, mean((pass) => given(of(pass.gradients).get(key)))]))
  return {
    crossEntropy: mean(({ crossEntropy }) => crossEntropy),
    logits: op.concatenate(graph, passes.map(({ logits }) => logits), 0),
    gradients: {
      parameters: means(({ parameters }) => parameters),
      ranges: new Map([...first.gradients.ranges].map(([index, list]) => [index, list.map((_, i) => mean((pass) => given(pass.gradients.ranges.get(index)?.[i])))])),
      bits: means(({ bits }) => bits),
    },
    statistics: first.statistics,
    correct: pairOf(first.correct.map((_, i) => sumOfParts(graph, passes.map(({ correct }) => given(correct[i]))))),
  }
}

function emitPart(context: GraphContext, part: TrainingPart, widths: BitWidths | null): PartPass {
  const { graph, options } = context
  const pass = context.trainPass({ training: true, batchNormTraining: true, quantizers: widths && context.emitter(widths, false) }, part)
  const teacher = widths && options.distillation ? { ...options.distillation, logits: context.teacherPass(part).logits } : null
  const { crossEntropy, backward } = classificationLoss(graph, pass, part.labels, part.size, teacher)
  const among = (k: number): Tensor =>
    op.reduceSum(graph, op.cast(graph, nn.inTopK(graph, pass.logits, part.labels, Math.min(k, options.network.numClasses)), 'float32'), [0])
  return { crossEntropy, logits: pass.logits, gradients: backward(), statistics: pass.statistics, correct: [among(1), among(5)] }
}

const pairOf = ([top1, top5]: readonly Tensor[]): [Tensor, Tensor] => [given(top1), given(top5)]

function given(value: Tensor | undefined): Tensor {
  if (!value) throw new RangeError('a part of the batch lacks what the first one has')
  return value
}
