import type { BitWidths } from '../quantization/bit-widths'
import { bitOpsTerms } from '../quantization/bit-operations'
import { bitOpsLoss } from '../quantization/bitops-loss'
import type { RateLoss } from '../quantization/rate-loss'
import { hardwareLoss } from '../quantization/hardware-loss'
import { kernelHardwareLoss, lossOfMeans } from '../quantization/kernel-loss'
import type { QuantizerSpec } from '../quantization/quantizer-spec'
import { sizeCost } from '../quantization/round-widths'
import { sizeLoss } from '../quantization/size-loss'
import { isKernelWise, widthCount, widthSpecs } from '../quantization/width-layout'
import type { Graph } from '../tensor/graph'
import * as op from '../tensor/ops'
import type { Tensor } from '../tensor/types'
import { assignVariable } from '../tensor/variables'
import { emitDividedPass } from './divided-pass'
import type { GraphContext } from './graph-context'
import { parameterNames } from './parameter-names'
import type { OptimizerPlan, UpdateRule } from './optimizer-plan'
import { emitUpdate } from './optimizer-update'
import { emitWidthUpdate } from './width-update'

/** What a training step reports, in this order, followed by all widths, and by the gradients of both parts of the loss by each of them. */
export const STEP_REPORT = ['crossEntropy', 'sizeLoss', 'top1', 'rate', 'top5'] as const

export interface EmittedStep {
  readonly plan: OptimizerPlan
  /** Fetching it takes the step. */
  readonly report: Tensor
  /** [images, classes], before the step. */
  readonly logits: Tensor
  /** Mean over the batch, before the step; fetching it takes none. */
  readonly crossEntropy: Tensor
  /** Gradient of the cross-entropy by effective width; fetching it takes no step. Null where nothing is quantized. */
  readonly widthGradient: Tensor | null
  /** What the optimizer is given, by variable name; before weight decay. */
  readonly gradients: ReadonlyMap<string, Tensor>
}

/** One training step: forward, loss, backward, update; the report hangs on all updates. */
export function emitStep(context: GraphContext, plan: OptimizerPlan, widths: BitWidths | null, name: string): EmittedStep {
  const { graph, options, variables, feeds } = context
  const { specs } = options
  const { crossEntropy, gradients: passed, statistics, logits, correct } = emitDividedPass(context, widths)
  const factor = options.quantizerGradientFactor ?? 1
  const scaled = (gradient: Tensor): Tensor => (factor === 1 ? gradient : op.multiply(graph, gradient, graph.scalar(factor)))
  const inputs = { rate: feeds.rate, factors: op.unpack(graph, feeds.stepFactors, 2 * context.groups) }
  const gradients = new Map<string, Tensor>()
  const updates: Tensor[] = []
  for (const [parameterName, { info, variable, slots }] of variables.parameters) {
    const gradient = passed.parameters.get(parameterName)
    const rule = plan.ruleFor(parameterNames.ofParameter(parameterName))
    if (info.trainable && gradient) {
      gradients.set(parameterName, gradient)
      if (rule) updates.push(...emitUpdate(graph, rule, variable, slots, gradient, inputs))
    }
    const statistic = statistics.get(parameterName)
    if (statistic) updates.push(assignVariable(graph, variable.handle, statistic))
  }
  passed.ranges.forEach((list, index) => {
    const spec = specs[index]
    list.forEach((gradient, i) => {
      const target = variables.ranges[index]?.[i]
      if (!target || !spec) return
      const used = scaled(gradient)
      gradients.set(target.variable.name, used)
      const rule = plan.ruleFor(parameterNames.ofRange(spec, i))
      if (rule) updates.push(...emitUpdate(graph, rule, target.variable, target.slots, used, inputs))
    })
  })
  const zero = graph.scalar(0)
  let loss: RateLoss | null = null
  let widthGradient: Tensor | null = null
  let reported: Tensor | null = null
  if (widths && variables.widths) {
    loss = emitRateLoss(context, widths)
    const task = gradientOfWidths(graph, specs, passed.bits)
    widthGradient = task
    const both = loss ? op.add(graph, task, loss.gradient) : task
    const used = scaled(asFastAsLayers(graph, specs, op.multiply(graph, both, widths.gradientMask)))
    gradients.set(variables.widths.bits.variable.name, used)
    const rules = specs.flatMap((spec) => new Array<UpdateRule | null>(widthCount(spec)).fill(plan.ruleFor(parameterNames.ofWidth(spec))))
    const updated = emitWidthUpdate(graph, rules, variables.widths, used, inputs, options.frozenWidthsDrift ?? false)
    updates.push(...updated.operations)
    const size = loss ? loss.gradient : graph.constant('float32', [rules.length], new Array<number>(rules.length).fill(0))
    reported = op.concatenate(graph, [updated.bits, task, size], 0)
  }
  const scalars = op.pack(graph, [crossEntropy, loss?.loss ?? zero, correct[0], loss?.rate ?? zero, correct[1]])
  const report = reported ? op.concatenate(graph, [scalars, reported], 0) : scalars
  return { plan, report: op.identity(graph, report, updates, name), logits, crossEntropy, widthGradient, gradients }
}

/** Gradients of all widths as one vector, by those of each quantizer. */
function gradientOfWidths(graph: Graph, specs: readonly QuantizerSpec[], bits: ReadonlyMap<number, Tensor>): Tensor {
  const zero = graph.scalar(0)
  if (!isKernelWise(specs)) return op.pack(graph, specs.map((_, i) => bits.get(i) ?? zero))
  const zeros = (count: number): Tensor => graph.constant('float32', [count], new Array<number>(count).fill(0))
  const parts = specs.map((spec, i) => {
    const own = bits.get(i)
    return own ? op.reshape(graph, own, [widthCount(spec)]) : zeros(widthCount(spec))
  })
  return op.concatenate(graph, parts, 0)
}

/**
 * A kernel has a share of its layer's gradient, in the loss and in the size, but as far to go: times the number of kernels, kernels that agree move
 * as the width of their layer would.
 */
function asFastAsLayers(graph: Graph, specs: readonly QuantizerSpec[], gradient: Tensor): Tensor {
  if (!isKernelWise(specs)) return gradient
  const counts = widthSpecs(specs).map(widthCount)
  return op.multiply(graph, gradient, graph.constant('float32', [counts.length], counts))
}

function emitRateLoss({ graph, options }: GraphContext, { clamped }: BitWidths): RateLoss | null {
  const { specs, network, sizeLoss: config, hardwareTable } = options
  if (!config) return null
  const initialBits = specs.map((spec) => spec.initialBits)
  if (config.type === 'hardware') {
    if (!hardwareTable) throw new RangeError('a cost by hardware needs its table')
    const terms = bitOpsTerms(network, specs)
    return isKernelWise(specs)
      ? kernelHardwareLoss(graph, config, clamped, specs, terms, hardwareTable)
      : hardwareLoss(graph, config, clamped, terms, initialBits, hardwareTable)
  }
  return lossOfMeans(graph, specs, clamped, (means) => {
    if (config.type === 'bitops') return bitOpsLoss(graph, config, means, bitOpsTerms(network, specs), initialBits)
    const elements = graph.constant('float32', [specs.length], specs.map((spec) => spec.elements))
    return sizeLoss(graph, config, means, elements, specs.length, sizeCost(specs)(initialBits))
  })
}
