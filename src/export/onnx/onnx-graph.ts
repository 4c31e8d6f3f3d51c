import { type Bytes, concat, field, integerField } from '../../tensor/protobuf'
import { type AttributeValue, nodeMessage, opsetMessage, tensorMessage, type TensorMessage, valueMessage } from './onnx-messages'
import { IR_VERSION, OPSET, type OnnxType } from './onnx-types'

/** Part that a stored tensor plays; `codes` are the payload, everything else counts as overhead. */
export type TensorRole = 'codes' | 'scale' | 'zero-point' | 'parameter' | 'constant'

export interface StoredTensor extends TensorMessage {
  readonly role: TensorRole
  /** Layer (or point of quantization) it belongs to; empty for constants. */
  readonly owner: string
}

export interface OnnxValue {
  readonly name: string
  readonly type: OnnxType
  /** `batch` is free. */
  readonly shape: readonly (number | string)[]
}

/** A graph of ONNX operators that grows node by node, and the model file it becomes. */
export class OnnxGraph {
  readonly tensors: StoredTensor[] = []
  private readonly nodes: Bytes[] = []
  private readonly functions: Bytes[] = []
  private readonly domains = new Map([['', OPSET]])
  private readonly constants = new Map<string, string>()
  private count = 0

  /** Adds a node with one output and gives its name. */
  node(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    options: { output?: string; domain?: string } = {},
  ): string {
    const output = options.output ?? `v${String(this.count++)}`
    const domain = options.domain === undefined ? {} : { domain: options.domain }
    this.nodes.push(nodeMessage({ op, inputs, outputs: [output], attributes, ...domain }))
    return output
  }

  store(tensor: StoredTensor): string {
    if (this.tensors.some(({ name }) => name === tensor.name)) throw new RangeError(`two tensors are called "${tensor.name}"`)
    this.tensors.push(tensor)
    return tensor.name
  }

  floats(name: string, shape: readonly number[], data: Float32Array, role: TensorRole, owner: string): string {
    return this.store({ name, type: 'float', shape, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength), role, owner })
  }

  /** A small tensor that the graph needs; the same values are stored once. */
  constant(type: 'float' | 'uint8' | 'int64', values: readonly number[], shape: readonly number[] = [values.length]): string {
    const key = `${type}:${shape.join('x')}:${values.join()}`
    const known = this.constants.get(key)
    if (known !== undefined) return known
    const data = type === 'float' ? Float32Array.from(values) : type === 'uint8' ? Uint8Array.from(values) : BigInt64Array.from(values, BigInt)
    const name = this.store({
      name: `c${String(this.constants.size)}`,
      type,
      shape,
      data: new Uint8Array(data.buffer),
      role: 'constant',
      owner: '',
    })
    this.constants.set(key, name)
    return name
  }

  /** An operator of another domain, in standard operators (FunctionProto). */
  define(domain: string, message: Bytes): void {
    this.domains.set(domain, 1)
    this.functions.push(message)
  }

  /** The whole file (ModelProto). */
  model(options: {
    name: string
    producer: string
    version: string
    input: OnnxValue
    output: OnnxValue
    metadata: Readonly<Record<string, string>>
  }): Bytes {
    const value = ({ name, type, shape }: OnnxValue): Bytes => valueMessage(name, type, shape)
    const graph = concat([
      ...this.nodes.map((node) => field(1, node)),
      field(2, options.name),
      ...this.tensors.map((tensor) => field(5, tensorMessage(tensor))),
      field(11, value(options.input)),
      field(12, value(options.output)),
    ])
    return concat([
      integerField(1, IR_VERSION),
      field(2, options.producer),
      field(3, options.version),
      field(7, graph),
      ...[...this.domains].map(([domain, version]) => field(8, opsetMessage(domain, version))),
      ...Object.entries(options.metadata).map(([key, text]) => field(14, concat([field(1, key), field(2, text)]))),
      ...this.functions.map((message) => field(25, message)),
    ])
  }
}
