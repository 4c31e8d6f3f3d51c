import { attribute } from './attributes'
import type { Graph } from './graph'
import type { Tensor } from './types'

/** A float32 variable that lives in the native session. */
export interface Variable {
  readonly name: string
  readonly shape: readonly number[]
  readonly handle: Tensor
  /** Its value at the start of a step. */
  readonly value: Tensor
  /** Fed with the new value when the variable is set from outside. */
  readonly feed: Tensor
  readonly assign: Tensor
}

export function createVariable(graph: Graph, name: string, shape: readonly number[]): Variable {
  const float = attribute.type('float32')
  const handle = graph.one('VarHandleOp', [], { dtype: float, shape: attribute.shape(shape), shared_name: attribute.text(name), container: attribute.text('') }, [
    'resource',
    'resource',
  ], { name: `variable/${name}` })
  const value = graph.one('ReadVariableOp', [handle], { dtype: float }, ['value', 'float32'], { name: `read/${name}` })
  const feed = graph.placeholder(`feed/${name}`, 'float32', shape)
  const assign = assignVariable(graph, handle, feed)
  return { name, shape, handle, value, feed, assign }
}

/** The operation that overwrites a variable; use it as a control input only. */
export function assignVariable(graph: Graph, handle: Tensor, value: Tensor): Tensor {
  const [done] = graph.add('AssignVariableOp', [handle, value], { dtype: attribute.type('float32'), validate_shape: attribute.flag(false) }, [['', 'float32']], { name: 'assign' })
  if (!done) throw new RangeError('AssignVariableOp')
  return done
}

/** SGD with momentum as torch.optim.SGD: v = momentum v + g; p -= lr (nesterov ? g + momentum v : v). */
export function applyMomentum(graph: Graph, parameter: Variable, velocity: Variable, rate: Tensor, gradient: Tensor, momentum: Tensor, nesterov: boolean): Tensor {
  const [done] = graph.add(
    'ResourceApplyMomentum',
    [parameter.handle, velocity.handle, rate, gradient, momentum],
    { T: attribute.type('float32'), use_locking: attribute.flag(false), use_nesterov: attribute.flag(nesterov) },
    [['', 'float32']],
  )
  if (!done) throw new RangeError('ResourceApplyMomentum')
  return done
}
