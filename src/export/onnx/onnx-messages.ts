import { type Bytes, concat, field, floatField, integerField } from '../../tensor/protobuf'
import { ONNX_TYPES, type OnnxType } from './onnx-types'

/** Value of a node's attribute; numbers are integers, `{ float }` is a float, `{ from }` an attribute of the enclosing function. */
export type AttributeValue = number | string | readonly number[] | { readonly float: number } | { readonly from: string; readonly type: 'int' }

const ATTRIBUTE_TYPES = { float: 1, int: 2, string: 3, ints: 7 } as const

/** AttributeProto. */
function attribute(name: string, value: AttributeValue): Bytes {
  const typed = (type: keyof typeof ATTRIBUTE_TYPES, content: Bytes): Bytes =>
    concat([field(1, name), content, integerField(20, ATTRIBUTE_TYPES[type])])
  if (typeof value === 'number') return typed('int', integerField(3, value))
  if (typeof value === 'string') return typed('string', field(4, value))
  if ('float' in value) return typed('float', floatField(2, value.float))
  if ('from' in value) return typed(value.type, field(21, value.from))
  return typed('ints', concat(value.map((entry) => integerField(8, entry))))
}

export interface NodeMessage {
  readonly op: string
  readonly domain?: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, AttributeValue>>
}

/** NodeProto. */
export const nodeMessage = ({ op, domain, inputs, outputs, attributes }: NodeMessage): Bytes =>
  concat([
    ...inputs.map((name) => field(1, name)),
    ...outputs.map((name) => field(2, name)),
    field(4, op),
    ...Object.entries(attributes).map(([name, value]) => field(5, attribute(name, value))),
    ...(domain === undefined ? [] : [field(7, domain)]),
  ])

export interface TensorMessage {
  readonly name: string
  readonly type: OnnxType
  readonly shape: readonly number[]
  /** Little-endian elements, two to a byte for 4-bit types. */
  readonly data: Bytes
}

/** TensorProto with raw data. */
export const tensorMessage = ({ name, type, shape, data }: TensorMessage): Bytes =>
  concat([...shape.map((size) => integerField(1, size)), integerField(2, ONNX_TYPES[type]), field(8, name), field(9, data)])

/** ValueInfoProto; a dimension is a size or the name of a free one. */
export function valueMessage(name: string, type: OnnxType, shape: readonly (number | string)[]): Bytes {
  const dimensions = shape.map((size) => field(1, typeof size === 'number' ? integerField(1, size) : field(2, size)))
  return concat([field(1, name), field(2, field(1, concat([integerField(1, ONNX_TYPES[type]), field(2, concat(dimensions))])))])
}

/** OperatorSetIdProto. */
export const opsetMessage = (domain: string, version: number): Bytes => concat([field(1, domain), integerField(2, version)])

/** FunctionProto: an operator of another domain, written in standard ones. */
export const functionMessage = (f: {
  readonly name: string
  readonly domain: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: readonly string[]
  readonly nodes: readonly Bytes[]
  readonly opset: Bytes
}): Bytes =>
  concat([
    field(1, f.name),
    ...f.inputs.map((name) => field(4, name)),
    ...f.outputs.map((name) => field(5, name)),
    ...f.attributes.map((name) => field(6, name)),
    ...f.nodes.map((node) => field(7, node)),
    field(9, f.opset),
    field(10, f.domain),
  ])
