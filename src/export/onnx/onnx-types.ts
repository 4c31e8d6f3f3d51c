/** Element types of ONNX tensors by their number in `TensorProto.DataType`. */
export const ONNX_TYPES = { float: 1, uint8: 2, int8: 3, uint16: 4, int16: 5, int32: 6, int64: 7, uint4: 21, int4: 22 } as const
export type OnnxType = keyof typeof ONNX_TYPES

/** Standard operators are those of this version, the first with 4-bit and 16-bit quantized tensors. */
export const OPSET = 21
/** Version of the file format that goes with {@link OPSET}. */
export const IR_VERSION = 10
