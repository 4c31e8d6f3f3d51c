import { fieldsOf } from '../../util/protobuf-reader'

/** The scalars of one `tensorflow.Event`. */
export interface ScalarEvent {
  /** Seconds since 1970. */
  readonly wallTime: number
  readonly step: number
  readonly scalars: readonly { readonly tag: string; readonly value: number }[]
}

/** Field numbers of event.proto, summary.proto, tensor.proto and tensor_shape.proto of TensorFlow. */
const EVENT = { wallTime: 1, step: 2, summary: 5 }
const SUMMARY = { value: 1 }
const VALUE = { tag: 1, simpleValue: 2, tensor: 8 }
const TENSOR = { type: 1, shape: 2, content: 4, floats: 5, doubles: 6, ints: 7, longs: 10 }
const SHAPE = { dimension: 2 }
const DIMENSION = { size: 1 }
const TYPE = { float: 1, double: 2, int32: 3, int64: 9 }

const decoder = new TextDecoder('utf-8', { fatal: true })
const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
const signed = (value: bigint): number => Number(BigInt.asIntN(64, value))
const isBytes = (value: bigint | Uint8Array): value is Uint8Array => typeof value !== 'bigint'

/** Reads an event; what is no scalar (pictures, histograms, texts, graphs) is passed over. Throws a RangeError or TypeError where the bytes are no event. */
export function readScalarEvent(bytes: Uint8Array): ScalarEvent {
  let [wallTime, step] = [0, 0]
  const scalars: { tag: string; value: number }[] = []
  for (const { number, value } of fieldsOf(bytes)) {
    if (number === EVENT.wallTime && isBytes(value) && value.length === 8) wallTime = viewOf(value).getFloat64(0, true)
    else if (number === EVENT.step && !isBytes(value)) step = signed(value)
    else if (number === EVENT.summary && isBytes(value))
      for (const one of fieldsOf(value)) if (one.number === SUMMARY.value && isBytes(one.value)) scalars.push(...scalarIn(one.value))
  }
  return { wallTime, step, scalars }
}

/** None or one. */
function scalarIn(bytes: Uint8Array): { tag: string; value: number }[] {
  let [tag, found]: [string, number | null] = ['', null]
  for (const { number, value } of fieldsOf(bytes)) {
    if (!isBytes(value)) continue
    if (number === VALUE.tag) tag = decoder.decode(value)
    else if (number === VALUE.simpleValue && value.length === 4) found = viewOf(value).getFloat32(0, true)
    else if (number === VALUE.tensor) found = scalarOfTensor(value)
  }
  return tag === '' || found === null ? [] : [{ tag, value: found }]
}

/** The number of a tensor that holds one, as newer summaries write scalars. */
function scalarOfTensor(bytes: Uint8Array): number | null {
  let type = 0
  let elements = 1
  let found: number | null = null
  let content: Uint8Array | null = null
  for (const { number, value } of fieldsOf(bytes)) {
    if (number === TENSOR.type && !isBytes(value)) type = Number(value)
    else if (number === TENSOR.shape && isBytes(value)) elements = elementsOf(value)
    else if (number === TENSOR.content && isBytes(value)) content = value
    // Packed, or a single field: the same bytes either way.
    else if (number === TENSOR.floats && isBytes(value) && value.length === 4) found = viewOf(value).getFloat32(0, true)
    else if (number === TENSOR.doubles && isBytes(value) && value.length === 8) found = viewOf(value).getFloat64(0, true)
    else if (number === TENSOR.ints || number === TENSOR.longs) found = isBytes(value) ? firstVarint(value) : signed(value)
  }
  if (elements !== 1) return null
  return content === null ? found : numberIn(content, type)
}

function elementsOf(shape: Uint8Array): number {
  let elements = 1
  for (const { number, value } of fieldsOf(shape)) {
    if (number !== SHAPE.dimension || !isBytes(value)) continue
    for (const one of fieldsOf(value)) if (one.number === DIMENSION.size && !isBytes(one.value)) elements *= signed(one.value)
  }
  return elements
}

function numberIn(content: Uint8Array, type: number): number | null {
  const view = viewOf(content)
  if (type === TYPE.float && content.length === 4) return view.getFloat32(0, true)
  if (type === TYPE.double && content.length === 8) return view.getFloat64(0, true)
  if (type === TYPE.int32 && content.length === 4) return view.getInt32(0, true)
  if (type === TYPE.int64 && content.length === 8) return Number(view.getBigInt64(0, true))
  return null
}

/** Of a packed list of one. */
function firstVarint(packed: Uint8Array): number | null {
  let value = 0n
  for (const [index, byte] of packed.entries()) {
    value |= BigInt(byte & 127) << BigInt(7 * index)
    if (byte < 128) return index === packed.length - 1 ? signed(value) : null
    if (index > 9) return null
  }
  return null
}
