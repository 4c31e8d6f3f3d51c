/** Element types that the engine uses, with TensorFlow's DataType numbers. */
export const DATA_TYPES = { float32: 1, int32: 3, uint8: 4, int64: 9, bool: 10, bfloat16: 14, resource: 20 } as const
export type DataType = keyof typeof DATA_TYPES

/** The value of one output of one operation in a graph or function body. */
export interface Tensor {
  /** How operations of the same scope name it as an input. */
  readonly ref: string
  readonly dtype: DataType
}
