import { readFile, stat } from 'node:fs/promises'
import { StudioError } from '../../contract/errors'
import { MalformedFile } from '../../util/pickle/malformed-file'
import { ELEMENT_BYTES, type ElementType, TensorReference } from './pickle-values'
import { readPytorchFile } from './pytorch-file'
import { decodeHeader } from './safetensors-header'
import { asFloats, tensorValues } from './tensor-values'

/** A tensor of a file; its values are read when they are wanted. */
export interface WeightTensor {
  readonly shape: readonly number[]
  values(): Float32Array
}

/** Tensors of a file by state-dict name, without the prefixes that wrappers put before them. */
export interface WeightFile {
  readonly file: string
  readonly tensors: ReadonlyMap<string, WeightTensor>
  /** Numbers and texts beside the tensors: `epoch`, `best_acc1`, `arch` of a checkpoint of the sample. */
  readonly facts: ReadonlyMap<string, number | string>
  /** Texts beside the tensors of a `.safetensors` file. */
  readonly metadata: Readonly<Record<string, string>>
}

/** Names under which programs wrap a state dict. */
const WRAPPERS = ['state_dict', 'model']
const MAX_FILE_BYTES = 2_000_000_000

/** The name without `module.` and `nncf_module.` before it, and without the place that NNCF names in keys of activations (spec 1.7). */
export const plainName = (name: string): string => name.replace(/^((nncf_)?module\.)+/, '').replaceAll(/\|OUTPUT|\|INPUT/g, '')

/**
 * Opens weights of any kind: `.pth` of both container formats, `.safetensors`, and checkpoints of this program.
 * Throws NOT_FOUND, or CHECKPOINT_CORRUPT with what is wrong.
 */
export async function openWeightFile(file: string): Promise<WeightFile> {
  const bytes = await readWhole(file)
  const guard = <T>(read: () => T): T => {
    try {
      return read()
    } catch (cause) {
      if (cause instanceof MalformedFile || cause instanceof RangeError) throw unreadable(file, cause.message, cause)
      throw cause
    }
  }
  const guarded = (tensors: Iterable<readonly [string, WeightTensor]>): Map<string, WeightTensor> =>
    new Map([...tensors].map(([name, { shape, values }]) => [plainName(name), { shape, values: () => guard(values) }]))
  return guard(() => {
    const opened = isSafetensors(bytes) ? openSafetensors(bytes) : openPytorch(bytes)
    return { file, ...opened, tensors: guarded(opened.tensors) }
  })
}

type Opened = Omit<WeightFile, 'file' | 'tensors'> & { readonly tensors: readonly (readonly [string, WeightTensor])[] }

/** Its JSON header starts right behind the length. */
const isSafetensors = (bytes: Buffer): boolean => bytes.length > 8 && bytes[8] === 0x7b && bytes.readBigUInt64LE(0) < BigInt(bytes.length)

function openSafetensors(bytes: Buffer): Opened {
  const { tensors, metadata, dataStart } = decodeHeader(bytes)
  const data = bytes.subarray(dataStart)
  const opened = [...tensors].map(([name, { dtype, shape, begin, end }]): [string, WeightTensor] => {
    if (!isElementType(dtype)) throw new MalformedFile(`the tensor "${name}" has the unknown element type ${dtype}`)
    const count = (end - begin) / ELEMENT_BYTES[dtype]
    return [name, { shape, values: () => asFloats(data.subarray(begin, end), dtype, 0, count) }]
  })
  return { tensors: opened, facts: new Map(), metadata }
}

const isElementType = (dtype: string): dtype is ElementType => Object.hasOwn(ELEMENT_BYTES, dtype)

function openPytorch(bytes: Buffer): Opened {
  const { value, memory } = readPytorchFile(bytes)
  if (!(value instanceof Map)) throw new MalformedFile('it holds no dictionary of tensors')
  const wrapped = WRAPPERS.map((name): unknown => value.get(name)).find((inner) => inner instanceof Map)
  const dictionary: ReadonlyMap<unknown, unknown> = wrapped instanceof Map ? wrapped : value
  const tensors = [...dictionary].flatMap(([name, tensor]): [string, WeightTensor][] =>
    typeof name === 'string' && tensor instanceof TensorReference
      ? [[name, { shape: tensor.shape, values: () => tensorValues(tensor, memory(tensor.storage)) }]]
      : [],
  )
  if (tensors.length === 0) throw new MalformedFile('it holds no tensors by name')
  const facts = (wrapped instanceof Map ? [...value] : []).flatMap(([name, fact]): [string, number | string][] => {
    if (typeof name !== 'string') return []
    if (fact instanceof TensorReference && fact.shape.every((size) => size === 1)) return [[name, tensorValues(fact, memory(fact.storage))[0] ?? 0]]
    return typeof fact === 'number' || typeof fact === 'string' ? [[name, fact]] : []
  })
  return { tensors, facts: new Map(facts), metadata: {} }
}

async function readWhole(file: string): Promise<Buffer> {
  try {
    const { size } = await stat(file)
    if (size > MAX_FILE_BYTES) throw unreadable(file, `it has ${size} bytes, more than any checkpoint`)
    return await readFile(file)
  } catch (cause) {
    if (cause instanceof StudioError) throw cause
    const detail = cause instanceof Error ? cause.message : String(cause)
    throw new StudioError('NOT_FOUND', `The weights ${file} cannot be read: ${detail}. Choose another file, or put it back.`, { cause })
  }
}

function unreadable(file: string, what: string, cause?: unknown): StudioError {
  const message = `The weights ${file} cannot be read: ${what}. Choose a .pth or .safetensors file of the configured model.`
  return new StudioError('CHECKPOINT_CORRUPT', message, cause === undefined ? {} : { cause })
}
