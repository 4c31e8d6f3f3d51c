import { writeFile } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { Call, Dictionary, Name, Persistent, pickle, type Pickled, Tuple } from './pickle-writer'

export interface TestTensor {
  readonly shape: readonly number[]
  readonly data: readonly number[] | Float32Array
}

/** A float tensor with a storage of its own, called `key`. */
export function tensorCall(key: string, { shape, data }: TestTensor): Call {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1))
  const storage = new Persistent(new Tuple(['storage', new Name('torch', 'FloatStorage'), key, 'cpu', data.length]))
  const hooks = new Call(new Name('collections', 'OrderedDict'), [])
  return new Call(new Name('torch._utils', '_rebuild_tensor_v2'), [storage, 0, new Tuple([...shape]), new Tuple(strides), false, hooks])
}

const bytesOf = (values: TestTensor['data']): Buffer => Buffer.from(Float32Array.from(values).buffer)

/** Stored files behind one another and a directory: what `torch.save` makes of a zip archive. */
export function zip(files: readonly (readonly [string, Buffer])[]): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const [name, content] of files) {
    const nameBytes = Buffer.from(name)
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50, 0)
    local.writeUInt32LE(crc32(content), 14)
    local.writeUInt32LE(content.length, 18)
    local.writeUInt32LE(content.length, 22)
    local.writeUInt16LE(nameBytes.length, 26)
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(0x02014b50, 0)
    local.copy(entry, 16, 14, 28)
    entry.writeUInt32LE(at, 42)
    parts.push(local, nameBytes, content)
    directory.push(entry, nameBytes)
    at += 30 + nameBytes.length + content.length
  }
  const listing = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(files.length, 8)
  end.writeUInt16LE(files.length, 10)
  end.writeUInt32LE(listing.length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...parts, listing, end])
}

/** A `.pth` file of a state dict, wrapped in a checkpoint where `facts` are given. */
export async function writePth(
  file: string,
  tensors: Readonly<Record<string, TestTensor>>,
  { format = 'zip', facts }: { readonly format?: 'zip' | 'legacy'; readonly facts?: Readonly<Record<string, Pickled>> } = {},
): Promise<void> {
  const named = Object.entries(tensors)
  const state = new Dictionary(named.map(([name, tensor], i) => [name, tensorCall(String(i), tensor)]))
  const value = facts === undefined ? state : new Dictionary([...Object.entries(facts), ['state_dict', state]])
  const storages = named.map(([, { data }], i) => [String(i), bytesOf(data)] as const)
  await writeFile(
    file,
    format === 'zip'
      ? zip([
          ['archive/data.pkl', pickle(value)],
          ...storages.map(([key, bytes]) => [`archive/data/${key}`, bytes] as const),
          ['archive/version', Buffer.from('3\n')],
        ])
      : legacy(value, storages),
  )
}

function legacy(value: Pickled, storages: readonly (readonly [string, Buffer])[]): Buffer {
  const memory = storages.flatMap(([, bytes]) => {
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(BigInt(bytes.length / 4))
    return [length, bytes]
  })
  const system = new Dictionary([
    ['protocol_version', 1001],
    ['little_endian', true],
  ])
  const head = [0x1950a86a20f9469cfc6cn, 1001, system, value, storages.map(([key]) => key)].map(pickle)
  return Buffer.concat([...head, ...memory])
}
