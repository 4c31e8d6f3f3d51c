import type { Operation, Slot } from './operation-graph'
import type { QuantizerOption } from './quantizer-option'

/** Quantizers that must share one scale; two groups that meet become one. */
export class UnifiedGroup {
  private parent: UnifiedGroup | null = null

  get root(): UnifiedGroup {
    return this.parent === null ? this : this.parent.root
  }

  join(other: UnifiedGroup): void {
    if (this.root !== other.root) other.root.parent = this.root
  }
}

/** A quantizer on its way from the operation that wants it upwards to where one application serves all (spec 6.4). */
export interface Traveller {
  readonly at: Slot
  /** What it may become, preferred first. */
  readonly options: readonly QuantizerOption[]
  readonly group: UnifiedGroup | null
  /** Operations whose inputs it quantizes. */
  readonly sinks: ReadonlySet<Operation>
}

/** Which traveller rests where, and which operations see quantized values. */
export class Traffic {
  private readonly outputs = new Map<Operation, Traveller>()
  private readonly inputs = new Map<Operation, Map<number, Traveller>>()
  private readonly served = new Set<Operation>()

  at({ operation, port }: Slot): Traveller | undefined {
    return port === null ? this.outputs.get(operation) : this.inputs.get(operation)?.get(port)
  }

  place(traveller: Traveller): Traveller {
    const { operation, port } = traveller.at
    if (port === null) this.outputs.set(operation, traveller)
    else {
      const ports = this.inputs.get(operation) ?? new Map<number, Traveller>()
      this.inputs.set(operation, ports.set(port, traveller))
    }
    if (port !== null) this.served.add(operation)
    return traveller
  }

  remove({ at: { operation, port } }: Traveller): void {
    if (port === null) this.outputs.delete(operation)
    else this.inputs.get(operation)?.delete(port)
  }

  /** Whether an operation has, or once had, a quantizer in front of it. */
  serves(operation: Operation): boolean {
    return this.served.has(operation)
  }

  all(): Traveller[] {
    return [...this.outputs.values(), ...[...this.inputs.values()].flatMap((ports) => [...ports.values()])]
  }
}
