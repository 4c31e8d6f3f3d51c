import { type Attribute, bytesOfEntry, type DataType, elementsOf, type GraphNode, type WeightEntry } from './model-json'

const dims = (shape: readonly number[]): { dim: { size: string }[] } => ({ dim: shape.map((size) => ({ size: String(size) })) })

export const type = (value: DataType): Attribute => ({ type: value })
export const text = (value: string): Attribute => ({ s: Buffer.from(value).toString('base64') })
export const flag = (value: boolean): Attribute => ({ b: value })
export const integer = (value: number): Attribute => ({ i: String(value) })
export const integers = (values: readonly number[]): Attribute => ({ list: { i: values.map(String) } })
export const shapeOf = (shape: readonly number[]): Attribute => ({ shape: dims(shape) })
export const FLOATS = { T: type('DT_FLOAT') } as const

/** A tensor of the weights' files with its bytes, little-endian. */
export interface StoredTensor extends WeightEntry {
  readonly data: Uint8Array
}

const DATA_TYPES: Readonly<Record<WeightEntry['dtype'], DataType>> = { float32: 'DT_FLOAT', int32: 'DT_INT32' }

/** A graph of TensorFlow's operators that grows node by node; every constant lies in the weights' files, as TF.js wants it. */
export class TfjsGraph {
  readonly nodes: GraphNode[] = []
  readonly tensors: StoredTensor[] = []
  private readonly names = new Set<string>()
  private readonly constants = new Map<string, string>()

  /** Adds a node and gives its name. */
  node(op: string, input: readonly string[], attr: Readonly<Record<string, Attribute>> = FLOATS, name = `v${String(this.nodes.length)}`): string {
    if (this.names.has(name)) throw new RangeError(`two nodes are called "${name}"`)
    this.names.add(name)
    this.nodes.push({ name, op, input, attr })
    return name
  }

  /** Stores a tensor under its name. */
  store(tensor: StoredTensor): string {
    if (tensor.data.length !== bytesOfEntry(tensor)) throw new RangeError(`"${tensor.name}" has ${String(tensor.data.length)} bytes instead of ${String(bytesOfEntry(tensor))}`)
    this.tensors.push(tensor)
    const dtype = DATA_TYPES[tensor.dtype]
    return this.node('Const', [], { dtype: type(dtype), value: { tensor: { dtype, tensorShape: dims(tensor.shape) } } }, tensor.name)
  }

  floats(name: string, shape: readonly number[], data: Float32Array): string {
    return this.store({ name, shape: [...shape], dtype: 'float32', data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) })
  }

  /** Non-negative integers as floats minus `offset`, in one byte each, or in two where they have more than 8 bits. */
  codes(name: string, shape: readonly number[], { codes, bits, offset }: { codes: Int32Array; bits: number; offset: number }): string {
    const wide = bits > 8
    const data = wide ? new Uint8Array(Uint16Array.from(codes).buffer) : Uint8Array.from(codes)
    const quantization = { dtype: wide ? 'uint16' : 'uint8', scale: 1, min: 0 - offset, original_dtype: 'float32' } as const
    return this.store({ name, shape: [...shape], dtype: 'float32', quantization, data })
  }

  /** A small tensor that the graph needs; the same values are stored once. */
  constant(dtype: WeightEntry['dtype'], values: readonly number[], shape: readonly number[] = [values.length]): string {
    if (values.length !== elementsOf(shape)) throw new RangeError('a constant does not fit its shape')
    const key = `${dtype}:${shape.join('x')}:${values.join()}`
    const known = this.constants.get(key)
    if (known !== undefined) return known
    const data = dtype === 'float32' ? Float32Array.from(values) : Int32Array.from(values)
    const name = this.store({ name: `c${String(this.constants.size)}`, shape: [...shape], dtype, data: new Uint8Array(data.buffer) })
    this.constants.set(key, name)
    return name
  }
}
