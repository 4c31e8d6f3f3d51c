import { type Bytes, concat, field, floatField, integerField } from './protobuf'
import { DATA_TYPES, type DataType } from './types'

const shapeMessage = (shape: readonly number[]): Bytes => concat(shape.map((size) => field(2, integerField(1, size))))

/** Encoders for the AttrValue message of an operation's attributes. */
export const attribute = {
  text: (value: string): Bytes => field(2, value),
  integer: (value: number): Bytes => integerField(3, value),
  float: (value: number): Bytes => floatField(4, value),
  flag: (value: boolean): Bytes => integerField(5, value ? 1 : 0),
  type: (value: DataType): Bytes => integerField(6, DATA_TYPES[value]),
  shape: (value: readonly number[]): Bytes => field(7, shapeMessage(value)),
  integers: (value: readonly number[]): Bytes => field(1, concat(value.map((item) => integerField(3, item)))),
  types: (value: readonly DataType[]): Bytes => field(1, concat(value.map((item) => integerField(6, DATA_TYPES[item])))),
  function: (name: string): Bytes => field(10, field(1, name)),
  tensor: (dtype: 'float32' | 'int32', shape: readonly number[], values: readonly number[]): Bytes => {
    const data = dtype === 'float32' ? Float32Array.from(values) : Int32Array.from(values)
    const bytes = new Uint8Array(data.buffer)
    return field(8, concat([integerField(1, DATA_TYPES[dtype]), field(2, shapeMessage(shape)), field(4, bytes)]))
  },
}
