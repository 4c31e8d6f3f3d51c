import { arrivedOnAllBranches, hasFloatBranch } from './branching'
import type { Operation } from './operation-graph'
import { commonOptions, sameOptions } from './quantizer-option'
import { Traffic, type Traveller, UnifiedGroup } from './traveller'

function joined(groups: readonly (UnifiedGroup | null)[]): UnifiedGroup | null {
  const [first, ...others] = groups.filter((group) => group !== null)
  for (const group of others) first?.join(group)
  return first ?? null
}

/** Moves quantizers upwards until none can move (spec 6.4). */
class Propagation {
  private readonly waiting = new Map<Operation, Set<Traveller>>()

  constructor(
    private readonly traffic: Traffic,
    private readonly moving: Traveller[],
  ) {}

  run(): void {
    for (let next = this.moving.shift(); next !== undefined; next = this.moving.shift()) {
      if (next.at.port === null) this.throughOperation(next, next.at.operation)
      else this.towardsProducer(next, next.at.operation.producers[next.at.port])
      this.mergeArrived()
    }
  }

  /** From an operation's output through it to its inputs, where its trait lets values pass. */
  private throughOperation(traveller: Traveller, operation: Operation): void {
    if (operation.trait !== 'agnostic' && operation.trait !== 'concat') return
    this.traffic.remove(traveller)
    const unifies = operation.trait === 'concat' && operation.producers.length > 1
    const group = traveller.group ?? (unifies ? new UnifiedGroup() : null)
    // Members of a group have different channels, so that only one range for all of them can be shared.
    const options = group === null ? traveller.options : traveller.options.filter(({ perChannel }) => !perChannel)
    operation.producers.forEach((_, port) => {
      this.moving.push(this.traffic.place({ ...traveller, options, group, at: { operation, port } }))
    })
  }

  private towardsProducer(traveller: Traveller, producer: Operation | undefined): void {
    if (producer === undefined) throw new RangeError('an input port has a producer')
    if (producer.readers.length === 1) {
      this.settle([traveller], producer, traveller.options)
      return
    }
    if (!hasFloatBranch(producer, this.traffic)) this.waiting.set(producer, (this.waiting.get(producer) ?? new Set()).add(traveller))
  }

  /** Puts one traveller for all of `merged` on an operation's output; into the one that is there, if it is alike. */
  private settle(merged: readonly Traveller[], operation: Operation, options: Traveller['options']): void {
    const at = { operation, port: null }
    const there = this.traffic.at(at)
    if (there && !sameOptions(there.options, options)) return
    const all = there ? [there, ...merged] : merged
    for (const traveller of merged) this.traffic.remove(traveller)
    const placed = this.traffic.place({
      at,
      options,
      group: joined(all.map(({ group }) => group)),
      sinks: new Set(all.flatMap(({ sinks }) => [...sinks])),
    })
    if (!there) this.moving.push(placed)
  }

  /** Merges the travellers of all branches of an output once every branch has sent its own. Without a common option each stays. */
  private mergeArrived(): void {
    for (const [operation, arrived] of [...this.waiting]) {
      const below = arrivedOnAllBranches(operation, this.traffic, arrived)
      if (below === null) continue
      this.waiting.delete(operation)
      const options = commonOptions(below.map((traveller) => traveller.options))
      if (options.length > 0) this.settle(below, operation, options)
    }
  }
}

/** Where quantizers that start in front of the operations that want them come to rest. */
export function propagate(starting: readonly Traveller[]): Traveller[] {
  const traffic = new Traffic()
  const moving = starting.map((traveller) => traffic.place(traveller))
  new Propagation(traffic, moving).run()
  return traffic.all()
}
