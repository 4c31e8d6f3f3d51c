import { attribute } from './attributes'
import type { Graph } from './graph'
import * as op from './ops'
import type { Scope } from './scope'
import type { Tensor } from './types'

/** Rows that one step of the inner loop adds. Small enough to be unrolled, which leaves the channels as the innermost loop, in vector lanes. */
const UNROLLED = [4, 3, 2, 5, 7] as const

/**
 * Sums of several matrices [rows, channels] over their rows, for the body of a compiled function: all of them in one pass over the data, where
 * a reduction each would read, and compute, everything again. Gives vectors [channels].
 */
export function sumRowsTogether(graph: Graph, s: Scope, parts: readonly Tensor[], rows: number, channels: number): Tensor[] {
  const unrolled = UNROLLED.find((size) => rows % size === 0) ?? 1
  const split = parts.map((part) => op.reshape(s, part, [rows / unrolled, unrolled, channels]))
  return addTogether(graph, s, split).map((partial) => op.reduceSum(s, partial, [0]))
}

/** Variadic reduction over axis 1. */
function addTogether(graph: Graph, s: Scope, parts: readonly Tensor[]): Tensor[] {
  const count = parts.length
  const types = parts.map(() => 'float32' as const)
  const reducer = graph.define(`add_${String(count)}_together`, [...types, ...types], (body) =>
    parts.map((_, i) => {
      const [sum, next] = [body.parameters[i], body.parameters[count + i]]
      if (!sum || !next) throw new RangeError('arguments')
      return op.add(body, sum, next)
    }),
  )
  return s.add(
    'XlaVariadicReduceV2',
    [...parts, ...parts.map(() => s.scalar(0))],
    { T: attribute.types(types), dimensions_to_reduce: attribute.integers([1]), reducer: attribute.function(reducer.name) },
    parts.map((_, i) => ['outputs', 'float32', i] as const),
  )
}
