import { type Bytes, concat, field, integerField } from '../../tensor/protobuf'
import { fieldsOf, type WireField } from '../../util/protobuf-reader'

/** What a check looks at in an exported file, whatever its format. */
export interface FileParts {
  readonly metadata: Readonly<Record<string, string>>
  /** Bytes of every stored tensor, by name. */
  readonly tensors: ReadonlyMap<string, Uint8Array>
  /** Everything else that stands in the file. */
  readonly rest: Uint8Array
  /** What is wrong with the archive around them, said where nothing in it is. */
  readonly envelope?: readonly string[]
}

/** Fields of ModelProto, GraphProto and TensorProto. */
const GRAPH = 7
const METADATA = 14
const INITIALIZER = 5
const TENSOR_NAME = 8
const TENSOR_DATA = 9

const text = ({ value }: WireField): string => (typeof value === 'bigint' ? '' : new TextDecoder().decode(value))
const inner = ({ value }: WireField): Uint8Array => (typeof value === 'bigint' ? new Uint8Array() : value)
const encoded = ({ number, value }: WireField): Bytes => (typeof value === 'bigint' ? integerField(number, value) : field(number, value))

/** Takes an ONNX file (ModelProto) apart. Throws a RangeError that says what is wrong. */
export function readOnnx(file: Uint8Array): FileParts {
  const metadata: Record<string, string> = {}
  const tensors = new Map<string, Uint8Array>()
  const rest: Bytes[] = []
  for (const part of fieldsOf(file)) {
    if (part.number === METADATA) {
      const [key, entry] = [...fieldsOf(inner(part))]
      if (key !== undefined && entry !== undefined) metadata[text(key)] = text(entry)
    } else if (part.number === GRAPH)
      for (const inGraph of fieldsOf(inner(part))) rest.push(inGraph.number === INITIALIZER ? readTensor(inner(inGraph), tensors) : encoded(inGraph))
    else rest.push(encoded(part))
  }
  return { metadata, tensors, rest: concat(rest) }
}

/** Enters a tensor's data and gives its description. */
function readTensor(bytes: Uint8Array, tensors: Map<string, Uint8Array>): Bytes {
  const fields = [...fieldsOf(bytes)]
  const [name, data] = [TENSOR_NAME, TENSOR_DATA].map((number) => fields.find((one) => one.number === number))
  if (name === undefined || data === undefined) throw new RangeError('a tensor in it has no name or no data')
  tensors.set(text(name), inner(data))
  return concat(fields.filter((one) => one !== data).map(encoded))
}
