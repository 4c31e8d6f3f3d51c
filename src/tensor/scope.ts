import { attribute } from './attributes'
import { type Bytes, concat, field, mapEntry } from './protobuf'
import type { DataType, Tensor } from './types'

/** Declares one output: the operation's name for it (needed inside functions) and its element type. */
export type OutputSpec = readonly [argument: string, dtype: DataType, index?: number]

export interface OperationOptions {
  readonly name?: string
  /** Tensors whose operations must have run before this one. */
  readonly after?: readonly Tensor[]
}

/**
 * A place where operations are written: the main graph or a function body. Operations are described once
 * (`ops.ts`, `nn-ops.ts`) and emitted into either.
 */
export abstract class Scope {
  protected readonly nodes: Bytes[] = []
  private readonly names = new Map<string, number>()
  private readonly constants = new Map<string, Tensor>()
  private device: string | null = null

  protected abstract refer(node: string, output: OutputSpec, position: number): string

  /** What `write` writes is computed on this device (`/device:GPU:1`), and only there: a session that lacks it can't be opened. Elsewhere TensorFlow chooses. */
  on<T>(device: string | null, write: () => T): T {
    const before = this.device
    this.device = device
    try {
      return write()
    } finally {
      this.device = before
    }
  }

  /** Writes one operation and gives its outputs. */
  add(type: string, inputs: readonly Tensor[], attributes: Readonly<Record<string, Bytes>>, outputs: readonly OutputSpec[], options: OperationOptions = {}): Tensor[] {
    const name = this.unique(options.name ?? type)
    const control = (options.after ?? []).map((tensor) => `^${tensor.ref.split(':')[0] ?? tensor.ref}`)
    this.nodes.push(
      concat([
        field(1, name),
        field(2, type),
        ...[...inputs.map((tensor) => tensor.ref), ...control].map((input) => field(3, input)),
        ...(this.device === null ? [] : [field(4, this.device)]),
        ...Object.entries(attributes).map(([key, value]) => mapEntry(5, key, value)),
      ]),
    )
    return outputs.map((output, position) => ({ ref: this.refer(name, output, position), dtype: output[1] }))
  }

  /** As {@link add}, for operations with exactly one output that matters. */
  one(type: string, inputs: readonly Tensor[], attributes: Readonly<Record<string, Bytes>>, output: OutputSpec, options: OperationOptions = {}): Tensor {
    const [tensor] = this.add(type, inputs, attributes, [output], options)
    if (tensor === undefined) throw new RangeError(`${type} has no output`)
    return tensor
  }

  /** A constant; equal constants of a scope are one operation, on each device that they are written for. */
  constant(dtype: 'float32' | 'int32', shape: readonly number[], values: readonly number[]): Tensor {
    const key = `${this.device ?? ''}|${dtype}|${shape.join()}|${values.join()}`
    const known = this.constants.get(key)
    if (known) return known
    const tensor = this.one('Const', [], { dtype: attribute.type(dtype), value: attribute.tensor(dtype, shape, values) }, ['output', dtype])
    this.constants.set(key, tensor)
    return tensor
  }

  scalar(value: number): Tensor {
    return this.constant('float32', [], [value])
  }

  integers(values: readonly number[]): Tensor {
    return this.constant('int32', [values.length], values)
  }

  private unique(wanted: string): string {
    const base = wanted.replace(/[^A-Za-z0-9_.\-/]/g, '_').replace(/^[^A-Za-z0-9.]/, 'n')
    const count = this.names.get(base) ?? 0
    this.names.set(base, count + 1)
    return count === 0 ? base : this.unique(`${base}_${String(count)}`)
  }
}
