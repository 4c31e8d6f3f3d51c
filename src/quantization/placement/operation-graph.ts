import { evaluatedLayers } from '../../models/evaluated-network'
import type { Layer, NetworkDefinition } from '../../models/layers'
import { INPUT_ID, INPUT_SCOPE } from '../../models/network-builder'
import { fuse } from './fusion'
import { type Trait, traitOf } from './hardware-table'
import { isConsidered, type ScopeFilter } from './scopes'

export const OUTPUT_SCOPE = '/nncf_model_output_0'

/** A place for a quantizer: an input port of an operation, or (`port` null) its output, which all its readers share. */
export interface Slot {
  readonly operation: Operation
  readonly port: number | null
}

/** One operation as hardware runs it: a layer, a fused chain of layers, the image, or what takes the logits. */
export interface Operation {
  readonly kind: 'input' | 'layers' | 'output'
  /** Empty for input and output. */
  readonly layers: readonly Layer[]
  /** Node name of its first member: how operations are named. */
  readonly node: string
  /** Node name of its last member: how its output is named. */
  readonly outputNode: string
  /** Layer id of its value; of an output operation, of the value it takes. */
  readonly value: string
  readonly trait: Trait
  /** Where the values of its input ports come from. */
  readonly producers: readonly Operation[]
  /** Where its value goes. */
  readonly readers: readonly Slot[]
}

/**
 * The network as placement sees it, in execution order (spec 6.3): as traced in evaluation, so without an auxiliary head, and fused.
 * An operation with a member that is not considered is closed: quantizers neither serve it nor pass it.
 */
export function operationGraph(network: NetworkDefinition, filter: ScopeFilter): Operation[] {
  const layers = evaluatedLayers(network)
  const readersOf = new Map<string, Layer[]>()
  for (const layer of layers) for (const id of new Set(layer.inputs)) readersOf.set(id, [...(readersOf.get(id) ?? []), layer])
  const chains = fuse(
    layers,
    (id) => readersOf.get(id) ?? [],
    (id) => id === network.output,
  )

  const byValue = new Map<string, Operation>()
  const slots = new Map<Operation, Slot[]>()
  const add = (operation: Omit<Operation, 'producers' | 'readers'>, inputs: readonly string[]): Operation => {
    const readers: Slot[] = []
    const producers = inputs.map((id) => {
      const producer = byValue.get(id)
      if (!producer) throw new RangeError(`"${id}" is read before it exists`)
      return producer
    })
    const whole: Operation = { ...operation, producers, readers }
    slots.set(whole, readers)
    producers.forEach((producer, port) => slots.get(producer)?.push({ operation: whole, port }))
    return whole
  }

  const input = add({ kind: 'input', layers: [], node: INPUT_SCOPE, outputNode: INPUT_SCOPE, value: INPUT_ID, trait: 'closed' }, [])
  byValue.set(INPUT_ID, input)
  const body = chains.map((chain) => {
    const [first] = chain
    const last = chain.at(-1) ?? first
    const trait = chain.every(({ scope }) => isConsidered(scope, filter)) ? traitOf(first) : 'closed'
    const operation = add({ kind: 'layers', layers: chain, node: first.scope, outputNode: last.scope, value: last.id, trait }, first.inputs)
    byValue.set(last.id, operation)
    return operation
  })
  const output = add({ kind: 'output', layers: [], node: OUTPUT_SCOPE, outputNode: OUTPUT_SCOPE, value: network.output, trait: 'quantizable' }, [
    network.output,
  ])
  return [input, ...body, output]
}
