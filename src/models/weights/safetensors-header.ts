/** Where a tensor lies; offsets count bytes from the end of the header. */
export interface TensorEntry {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

export interface SafetensorsHeader {
  /** In the order of their bytes. */
  readonly tensors: ReadonlyMap<string, TensorEntry>
  readonly metadata: Readonly<Record<string, string>>
  /** Where tensor data starts in the file. */
  readonly dataStart: number
}

const ELEMENT_BYTES: Readonly<Record<string, number>> = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, I16: 2, I8: 1, U8: 1, BOOL: 1 }
const MAX_HEADER_BYTES = 100_000_000
const MAX_RANK = 8
const PREFIX_BYTES = 8

/** Length prefix and JSON header for float32 tensors that follow one another in the map's order, padded so that they are aligned. */
export function encodeHeader(shapes: ReadonlyMap<string, readonly number[]>, metadata: Readonly<Record<string, string>>): Uint8Array {
  let offset = 0
  const entries = [...shapes].map(([name, shape]) => {
    if (name === '__metadata__') throw new RangeError('a tensor cannot be named __metadata__')
    const begin = offset
    offset += 4 * elements(shape)
    return [name, { dtype: 'F32', shape, data_offsets: [begin, offset] }] as const
  })
  const json = Buffer.from(JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) }))
  const length = Math.ceil(json.length / 8) * 8
  const bytes = Buffer.alloc(PREFIX_BYTES + length, ' ')
  bytes.writeBigUInt64LE(BigInt(length))
  json.copy(bytes, PREFIX_BYTES)
  return bytes
}

/**
 * Reads and checks the header of a whole file: every tensor has a known element type, a size that fits its shape, and the tensors
 * fill the rest of the file without gap or overlap. Throws a RangeError that says what is wrong.
 */
export function decodeHeader(file: Buffer): SafetensorsHeader {
  if (file.length < PREFIX_BYTES) throw new RangeError(`it has only ${file.length} bytes`)
  const length = file.readBigUInt64LE()
  if (length > MAX_HEADER_BYTES || Number(length) > file.length - PREFIX_BYTES)
    throw new RangeError(`its header should have ${length} bytes, but the file has ${file.length}`)
  const dataStart = PREFIX_BYTES + Number(length)
  const json = parseObject(file.toString('utf8', PREFIX_BYTES, dataStart))
  const { __metadata__: metadata = {}, ...rest } = json
  const tensors = Object.entries(rest).map(([name, value]) => [name, parseEntry(name, value)] as const)
  tensors.sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end)
  let expected = 0
  for (const [name, { begin, end }] of tensors) {
    if (begin !== expected) throw new RangeError(`the tensor "${name}" starts at byte ${begin} instead of ${expected}`)
    expected = end
  }
  if (expected !== file.length - dataStart)
    throw new RangeError(`its tensors take ${expected} bytes, but ${file.length - dataStart} follow the header`)
  return { tensors: new Map(tensors), metadata: parseMetadata(metadata), dataStart }
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new RangeError('its header is not JSON', { cause })
  }
  if (!isObject(value)) throw new RangeError('its header is not a JSON object')
  return value
}

function parseEntry(name: string, value: unknown): TensorEntry {
  const wrong = (what: string): RangeError => new RangeError(`the tensor "${name}" has ${what}`)
  if (!isObject(value)) throw wrong('no description')
  const { dtype, shape, data_offsets: offsets } = value
  const size = typeof dtype === 'string' && Object.hasOwn(ELEMENT_BYTES, dtype) ? ELEMENT_BYTES[dtype] : undefined
  if (typeof dtype !== 'string' || size === undefined) throw wrong('an unknown element type')
  if (!isCounts(shape) || shape.length > MAX_RANK) throw wrong('no valid shape')
  const [begin, end] = isCounts(offsets) && offsets.length === 2 ? offsets : []
  if (begin === undefined || end === undefined || end - begin !== size * elements(shape)) throw wrong('offsets that do not fit its shape')
  return { dtype, shape, begin, end }
}

function parseMetadata(value: unknown): Record<string, string> {
  if (!isObject(value)) throw new RangeError('its metadata is not an object')
  const entries = Object.entries(value).map(([key, text]) => {
    if (typeof text !== 'string') throw new RangeError(`its metadata "${key}" is not text`)
    return [key, text] as const
  })
  return Object.fromEntries(entries)
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((entry) => Number.isSafeInteger(entry) && Number(entry) >= 0)

const elements = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1)
