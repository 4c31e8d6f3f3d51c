import { MalformedFile } from '../../util/pickle/malformed-file'
import { PickleGlobal, PickleOpaque, PickleTuple } from '../../util/pickle/pickle-values'
import type { PickleVocabulary } from '../../util/pickle/unpickler'
import { type ElementType, StorageReference, TensorReference } from './pickle-values'

const STORAGE_TYPES: Readonly<Record<string, ElementType>> = {
  DoubleStorage: 'F64',
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
}

const MAX_RANK = 16

/** Names that checkpoints mention beside tensors. Objects of them are left out; all other names are refused. */
const LEFT_OUT = /^(argparse\.Namespace|numpy(\.\w+)*\.(scalar|dtype|_reconstruct|ndarray)|torch\.(device|Size|dtype|float32|int64)|nncf\.[\w.]+)$/

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((entry) => Number.isSafeInteger(entry) && Number(entry) >= 0)
}

/** What checkpoints of PyTorch may hold. `storages` gets the memory that their tensors look into, by key. */
export function checkpointVocabulary(storages: Map<string, StorageReference>): PickleVocabulary {
  return {
    legacyText: 'utf8',
    find: findGlobal,
    construct,
    persistent(id) {
      const found = storage(id)
      storages.set(found.key, found)
      return found
    },
    // Attributes of dictionaries, tensors and left-out objects are left out, too.
    setState(target) {
      if (!(target instanceof Map || target instanceof PickleOpaque || target instanceof TensorReference))
        throw new MalformedFile('it sets attributes of something that has none')
    },
  }
}

/** Checks that a name may occur at all. */
function findGlobal(module: string, name: string): PickleGlobal {
  const found = new PickleGlobal(module, name)
  const text = found.toString()
  const known =
    text === 'collections.OrderedDict' ||
    /^torch\._utils\._rebuild_(tensor|tensor_v2|parameter)$/.test(text) ||
    (module === 'torch' && Object.hasOwn(STORAGE_TYPES, name)) ||
    LEFT_OUT.test(text)
  if (!known) throw new MalformedFile(`it wants to construct ${text}, but only tensors, dictionaries and lists are read`)
  return found
}

/** What calling a name gives: a tensor, a dictionary, or a stand-in for what is left out. */
function construct(callee: unknown, args: readonly unknown[]): unknown {
  if (!(callee instanceof PickleGlobal)) {
    if (callee instanceof PickleOpaque) return callee
    throw new MalformedFile('it calls something that is no name')
  }
  switch (callee.toString()) {
    case 'collections.OrderedDict':
      return orderedDict(args)
    case 'torch._utils._rebuild_tensor':
    case 'torch._utils._rebuild_tensor_v2':
      return tensor(args)
    case 'torch._utils._rebuild_parameter':
      if (!(args[0] instanceof TensorReference)) throw new MalformedFile('a parameter in it is no tensor')
      return args[0]
    default:
      return new PickleOpaque(callee.toString())
  }
}

/** What `('storage', type, key, place, elements)` refers to. */
function storage(id: unknown): StorageReference {
  const [kind, type, key, , length] = id instanceof PickleTuple ? id.items : []
  const dtype = type instanceof PickleGlobal && type.module === 'torch' ? STORAGE_TYPES[type.name] : undefined
  if (kind !== 'storage' || dtype === undefined || typeof key !== 'string' || typeof length !== 'number' || !isCounts([length]))
    throw new MalformedFile('a storage in it is not described as PyTorch does it')
  return new StorageReference(dtype, key, length)
}

function orderedDict([pairs]: readonly unknown[]): Map<unknown, unknown> {
  const entries = pairs === undefined ? [] : pairs
  if (!Array.isArray(entries)) throw new MalformedFile('an ordered dictionary in it has no list of entries')
  return new Map(
    entries.map((entry: unknown): [unknown, unknown] => {
      const pair: readonly unknown[] = entry instanceof PickleTuple ? entry.items : Array.isArray(entry) ? entry : []
      if (pair.length !== 2) throw new MalformedFile('an entry of an ordered dictionary in it is no pair')
      return [pair[0], pair[1]]
    }),
  )
}

/** A view that stays within its storage and is not larger than it. */
function tensor([memory, offset, shape, strides]: readonly unknown[]): TensorReference {
  const sizes = shape instanceof PickleTuple ? shape.items : shape
  const steps = strides instanceof PickleTuple ? strides.items : strides
  if (!(memory instanceof StorageReference) || typeof offset !== 'number' || !isCounts([offset]) || !isCounts(sizes) || !isCounts(steps))
    throw new MalformedFile('a tensor in it is not described as PyTorch does it')
  if (sizes.length !== steps.length || sizes.length > MAX_RANK) throw new MalformedFile('a tensor in it has no valid shape')
  const elements = sizes.reduce((product, size) => product * size, 1)
  const last = elements === 0 ? 0 : sizes.reduce((at, size, axis) => at + (size - 1) * (steps[axis] ?? 0), offset)
  if (elements > memory.length || (elements > 0 && last >= memory.length)) throw new MalformedFile('a tensor in it lies outside of its storage')
  return new TensorReference(memory, offset, sizes, steps)
}
