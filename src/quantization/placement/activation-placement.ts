import { StudioError } from '../../contract/errors'
import { granted, groupWishes, wishesAt, applied } from './constraints'
import type { HardwareTable } from './hardware-table'
import type { Operation } from './operation-graph'
import type { PlacementConfig } from './placement-config'
import { propagate } from './propagation'
import { commonOptions, DEFAULT_OPTION, type QuantizerOption, sameOption } from './quantizer-option'
import { matchesScope } from './scopes'
import { type Traveller, UnifiedGroup } from './traveller'

/** An activation quantizer at rest. */
export interface PlacedActivation extends Pick<Traveller, 'at' | 'sinks'> {
  readonly option: QuantizerOption
  readonly group: UnifiedGroup | null
}

/** One quantizer in front of every input that wants one, with all that it may become (spec 6.2, 6.4). */
function startingPoints(operations: readonly Operation[], config: PlacementConfig, table: HardwareTable | null): Traveller[] {
  const wishes = groupWishes(config, 'activations')
  const unified = (config.activations?.unified_scale_ops ?? []).map((scopes) => ({ scopes, group: new UnifiedGroup() }))

  const optionsOf = (operation: Operation): readonly QuantizerOption[] => {
    const [first] = operation.layers
    const listed = first === undefined ? null : (table?.activations(first) ?? null)
    const at = wishesAt(operation.node, wishes, config.scope_overrides?.activations)
    if (table !== null && listed !== null) return granted(listed, at, { node: operation.node, hardware: `The ${table.name}`, group: 'activations' })
    return [applied(DEFAULT_OPTION, table === null ? at : wishes)]
  }

  return operations.flatMap((operation) => {
    if (operation.trait !== 'quantizable' || (operation.kind === 'output' && config.quantize_outputs !== true)) return []
    const options = optionsOf(operation)
    const group = unified.find(({ scopes }) => scopes.some((scope) => matchesScope(operation.node, scope)))?.group ?? null
    const offered = group === null ? options : options.filter(({ perChannel }) => !perChannel)
    return operation.producers.map((_, port): Traveller => ({ at: { operation, port }, options: offered, group, sinks: new Set([operation]) }))
  })
}

/** The first option that is left to a quantizer, or to all members of its group. */
function choose(traveller: Traveller, all: readonly Traveller[]): PlacedActivation {
  const group = traveller.group?.root ?? null
  const members = group === null ? [traveller] : all.filter((other) => other.group?.root === group)
  const [option] = commonOptions(members.map(({ options }) => options))
  if (option === undefined) {
    const nodes = members.map(({ at }) => (at.port === null ? at.operation.outputNode : at.operation.node)).join(', ')
    throw new StudioError(
      'CONFIG_INVALID',
      `These values must share one quantizer, but no kind of quantizer suits them all: ${nodes}. Ask for the same per-tensor quantizers in their scopes.`,
    )
  }
  return { at: traveller.at, sinks: traveller.sinks, option, group }
}

/** The quantizer that a resting one finds above it behind agnostic operations only. */
function nextAbove({ at }: PlacedActivation, all: readonly PlacedActivation[]): PlacedActivation | undefined {
  let operation = at.operation
  let port = at.port
  for (;;) {
    if (port === null) {
      const [only, ...others] = operation.producers
      if (operation.trait !== 'agnostic' || only === undefined || others.length > 0) return undefined
      port = 0
    } else {
      const producer = operation.producers[port]
      if (producer === undefined) return undefined
      operation = producer
      port = null
    }
    const found = all.find((other) => other.at.operation === operation && other.at.port === port)
    if (found) return found
  }
}

/** Leaves out quantizers whose values were quantized just so already (spec 6.4); the earlier ones take over their sinks. */
function withoutRepetitions(placed: readonly PlacedActivation[]): PlacedActivation[] {
  const repeated = placed.find((lower) => {
    const upper = nextAbove(lower, placed)
    return upper !== undefined && sameOption(upper.option, lower.option) && upper.group === lower.group
  })
  if (repeated === undefined) return [...placed]
  const upper = nextAbove(repeated, placed)
  return withoutRepetitions(
    placed
      .filter((other) => other !== repeated)
      .map((other) => (other === upper ? { ...other, sinks: new Set([...other.sinks, ...repeated.sinks]) } : other)),
  )
}

/** Where activation quantizers come to rest, and as what. */
export function placeActivations(operations: readonly Operation[], config: PlacementConfig, table: HardwareTable | null): PlacedActivation[] {
  const resting = propagate(startingPoints(operations, config, table))
  const placed = withoutRepetitions(resting.map((traveller) => choose(traveller, resting)))
  return config.quantize_inputs === false ? placed.filter(({ at }) => at.operation.kind !== 'input') : placed
}
