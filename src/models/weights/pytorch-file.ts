import { MalformedFile } from '../../util/pickle/malformed-file'
import { type Unpickled, unpickle } from '../../util/pickle/unpickler'
import { checkpointVocabulary } from './pickle-globals'
import { ELEMENT_BYTES, type StorageReference } from './pickle-values'
import { zipEntries } from './zip-entries'

/** What `torch.save` wrote: plain values with {@link TensorReference}s, and the memory these look into. */
export interface PytorchFile {
  readonly value: unknown
  /** Bytes of a storage, little-endian. Throws {@link MalformedFile} where they are missing. */
  memory(storage: StorageReference): Buffer
}

const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn
const LEGACY_PROTOCOL = 1001
const ZIP_MAGIC = 0x04034b50
const MAX_PICKLE_BYTES = 256_000_000

export const isZip = (file: Buffer): boolean => file.length >= 4 && file.readUInt32LE(0) === ZIP_MAGIC

/** Reads a `.pth` file, of either container format of `torch.save`. Throws {@link MalformedFile}. */
export const readPytorchFile = (file: Buffer): PytorchFile => (isZip(file) ? readZip(file) : readLegacy(file))

/** Zip: `<name>/data.pkl` describes, `<name>/data/<key>` holds a storage (since PyTorch 1.6). */
function readZip(file: Buffer): PytorchFile {
  const entries = zipEntries(file)
  const description = [...entries.keys()].find((name) => /^[^/]+\/data\.pkl$/.test(name))
  const pickle = description === undefined ? undefined : entries.get(description)
  if (description === undefined || pickle === undefined) throw new MalformedFile('it is a zip archive, but not one of PyTorch')
  if (pickle.length > MAX_PICKLE_BYTES) throw new MalformedFile(`its description of tensors has ${pickle.length} bytes`)
  const folder = description.slice(0, -'data.pkl'.length)
  if (entries.get(`${folder}byteorder`)?.toString() === 'big') throw new MalformedFile('it was written on a big-endian machine')
  return {
    value: unpickle(pickle, checkpointVocabulary(new Map())).value,
    memory: (storage) => checked(storage, entries.get(`${folder}data/${storage.key}`)),
  }
}

/** Before PyTorch 1.6: magic number, protocol, system facts, description and storage keys as pickles, then the storages. */
function readLegacy(file: Buffer): PytorchFile {
  const storages = new Map<string, StorageReference>()
  const read = (start: number): Unpickled => unpickle(file, checkpointVocabulary(storages), start)
  const first = read(0)
  if (first.value !== LEGACY_MAGIC) throw new MalformedFile('it is no file of torch.save')
  const protocol = read(first.end)
  if (protocol.value !== LEGACY_PROTOCOL) throw new MalformedFile(`its protocol ${String(protocol.value)} is not known`)
  const system = read(protocol.end)
  if (system.value instanceof Map && system.value.get('little_endian') === false) throw new MalformedFile('it was written on a big-endian machine')
  const described = read(system.end)
  const keys = read(described.end)
  if (!Array.isArray(keys.value)) throw new MalformedFile('its list of storages is missing')
  const memory = new Map<string, Buffer>()
  let at = keys.end
  for (const key of keys.value) {
    const storage = storages.get(String(key))
    if (storage === undefined) throw new MalformedFile('it has a storage that no tensor uses')
    if (at + 8 > file.length) throw new MalformedFile('it ends too early')
    const length = Number(file.readBigUInt64LE(at)) * ELEMENT_BYTES[storage.dtype]
    if (length > file.length - at - 8) throw new MalformedFile('it ends too early')
    memory.set(String(key), file.subarray(at + 8, at + 8 + length))
    at += 8 + length
  }
  return { value: described.value, memory: (storage) => checked(storage, memory.get(storage.key)) }
}

function checked(storage: StorageReference, bytes: Buffer | undefined): Buffer {
  if (bytes === undefined) throw new MalformedFile(`its storage "${storage.key}" is missing`)
  if (bytes.length < storage.length * ELEMENT_BYTES[storage.dtype]) throw new MalformedFile(`its storage "${storage.key}" is cut off`)
  return bytes
}
