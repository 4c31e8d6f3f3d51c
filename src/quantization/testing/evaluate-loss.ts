import { Graph } from '../../tensor/graph'
import { Session } from '../../tensor/session'
import type { Tensor } from '../../tensor/types'
import type { RateLoss } from '../rate-loss'

/** Value, rate and gradient of a loss for these widths, by TensorFlow. */
export function evaluateLoss(widths: readonly number[], emit: (graph: Graph, bits: Tensor) => RateLoss): { loss: number; rate: number; gradient: number[] } {
  const graph = new Graph()
  const result = emit(graph, graph.constant('float32', [widths.length], widths))
  const session = new Session(graph)
  try {
    const [loss, rate, gradient] = session.run([], [result.loss, result.rate, result.gradient])
    return { loss: loss?.[0] ?? Number.NaN, rate: rate?.[0] ?? Number.NaN, gradient: Array.from(gradient ?? []) }
  } finally {
    session.close()
  }
}
