import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readCheckpoint, writeCheckpoint, type CheckpointTensors } from './checkpoint-file'

let folder: string
let file: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fracbits-checkpoint-'))
  file = join(folder, 'a.safetensors')
})
afterEach(() => rm(folder, { recursive: true }))

const tensors: CheckpointTensors = new Map([
  ['conv.weight', { shape: [2, 1, 2, 1], data: Float32Array.of(1.5, -0, Infinity, 1e-45) }],
  ['bn.bias', { shape: [3], data: Float32Array.of(1, 2, 3) }],
  ['step', { shape: [], data: Float32Array.of(7) }],
  ['nothing', { shape: [0, 4], data: new Float32Array() }],
])
const metadata = { run: JSON.stringify({ epoch: 3, text: 'ä "quoted"' }) }

/** A file with any header over `dataBytes` bytes of data. */
function forged(header: unknown, dataBytes: number, length?: bigint): Buffer {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(length ?? BigInt(json.length))
  return Buffer.concat([prefix, json, Buffer.alloc(dataBytes)])
}
const f32 = (shape: unknown, offsets: unknown, dtype: unknown = 'F32') => ({ dtype, shape, data_offsets: offsets })

describe('writeCheckpoint', () => {
  it('writes what readCheckpoint reads, bit for bit, and reports size and sha256', async () => {
    const written = await writeCheckpoint(file, tensors, metadata)
    const bytes = await readFile(file)
    expect(written).toEqual({ sizeBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') })
    const read = await readCheckpoint(file, { sha256: written.sha256 })
    expect(read.metadata).toMatchObject(metadata)
    expect([...read.tensors]).toEqual([...tensors])
    expect(Object.is(read.tensors.get('conv.weight')?.data[1], -0)).toBe(true)
    expect(await readdir(folder)).toEqual(['a.safetensors'])
  })

  it('aligns data, and writes views of larger buffers', async () => {
    const view = Float32Array.of(9, 1, 2, 9).subarray(1, 3)
    await writeCheckpoint(file, new Map([['v', { shape: [2], data: view }]]), {})
    expect((await readCheckpoint(file)).tensors.get('v')?.data).toEqual(Float32Array.of(1, 2))
    expect(Number((await readFile(file)).readBigUInt64LE()) % 8).toBe(0)
  })

  it('replaces an older file as a whole', async () => {
    await writeCheckpoint(file, tensors, {})
    await writeFile(`${file}.part`, 'left behind by a crash')
    await writeCheckpoint(file, new Map(), { run: '{}' })
    expect((await readCheckpoint(file)).tensors.size).toBe(0)
    expect(await readdir(folder)).toEqual(['a.safetensors'])
  })

  it.skipIf(!existsSync('/dev/full'))('says that the disk is full and keeps the older file', async () => {
    await writeCheckpoint(file, tensors, metadata)
    await symlink('/dev/full', `${file}.part`)
    await expect(writeCheckpoint(file, new Map(), {})).rejects.toMatchObject({ code: 'DISK_FULL', message: expect.stringContaining(file) })
    expect((await readCheckpoint(file)).tensors.size).toBe(4)
    expect(await readdir(folder)).toEqual(['a.safetensors'])
  })

  it('refuses values that do not fit the shape', async () => {
    await expect(writeCheckpoint(file, new Map([['x', { shape: [2], data: Float32Array.of(1) }]]), {})).rejects.toThrow(RangeError)
    expect(await readdir(folder)).toEqual([])
  })
})

describe('readCheckpoint', () => {
  it('finds a file cut off at any byte', async () => {
    await writeCheckpoint(file, tensors, metadata)
    const whole = await readFile(file)
    for (let length = 0; length < whole.length; length++) {
      await writeFile(file, whole.subarray(0, length))
      await expect(readCheckpoint(file), `${length} of ${whole.length} bytes`).rejects.toMatchObject({ code: 'CHECKPOINT_CORRUPT' })
    }
    await writeFile(file, Buffer.concat([whole, Buffer.alloc(1)]))
    await expect(readCheckpoint(file)).rejects.toMatchObject({ code: 'CHECKPOINT_CORRUPT' })
  })

  it('finds any flipped byte by the sha256', async () => {
    const { sha256 } = await writeCheckpoint(file, tensors, metadata)
    const whole = await readFile(file)
    for (let at = 0; at < whole.length; at += 3) {
      const flipped = Buffer.from(whole)
      flipped[at] = (flipped[at] ?? 0) ^ 1
      await writeFile(file, flipped)
      await expect(readCheckpoint(file, { sha256 }), `byte ${at}`).rejects.toMatchObject({
        code: 'CHECKPOINT_CORRUPT',
        message: expect.stringContaining(file),
      })
    }
  })

  it.each([
    ['an enormous header', forged('{}', 0, 2n ** 63n)],
    ['a header longer than the file', forged('{}', 0, 3n)],
    ['a header that is not JSON', forged('{"a":', 0)],
    ['a header that is a list', forged([], 0)],
    ['a tensor without description', forged({ a: null }, 0)],
    ['an unknown element type', forged({ a: f32([1], [0, 4], 'toString') }, 4)],
    ['another element type', forged({ a: f32([1], [0, 2], 'F16') }, 2)],
    ['no shape', forged({ a: f32(undefined, [0, 4]) }, 4)],
    ['a negative dimension', forged({ a: f32([-1], [0, 4]) }, 4)],
    ['a fraction of an element', forged({ a: f32([1.5], [0, 6]) }, 6)],
    ['an endless product of dimensions', forged({ a: f32([2 ** 40, 2 ** 40], [0, 4]) }, 4)],
    ['too many dimensions', forged({ a: f32([1, 1, 1, 1, 1, 1, 1, 1, 1], [0, 4]) }, 4)],
    ['offsets that do not fit the shape', forged({ a: f32([2], [0, 4]) }, 4)],
    ['offsets backwards', forged({ a: f32([1], [4, 0]) }, 4)],
    ['offsets behind the end', forged({ a: f32([2], [0, 8]) }, 4)],
    ['data that belongs to no tensor', forged({ a: f32([1], [0, 4]) }, 8)],
    ['a gap', forged({ a: f32([1], [0, 4]), b: f32([1], [8, 12]) }, 12)],
    ['an overlap', forged({ a: f32([2], [0, 8]), b: f32([2], [4, 12]) }, 12)],
    ['two tensors in one place', forged({ a: f32([1], [0, 4]), b: f32([1], [0, 4]) }, 4)],
    ['metadata that is not text', forged({ __metadata__: { run: 1 } }, 0)],
    ['metadata that is a list', forged({ __metadata__: [] }, 0)],
  ])('refuses %s', async (_, bytes) => {
    await writeFile(file, bytes)
    await expect(readCheckpoint(file)).rejects.toMatchObject({ code: 'CHECKPOINT_CORRUPT', message: expect.stringContaining(file) })
  })

  it('reads weights of other programs: any order, unaligned, with batch counters', async () => {
    const bytes = forged(
      { b: f32([1], [12, 16]), a: f32([1], [8, 12]), 'bn.num_batches_tracked': f32([], [0, 8], 'I64'), __metadata__: { format: 'pt ' } },
      16,
    )
    bytes.writeFloatLE(1, bytes.length - 8)
    bytes.writeFloatLE(2, bytes.length - 4)
    await writeFile(file, bytes)
    const { tensors: read } = await readCheckpoint(file)
    expect([...read].map(([name, { data }]) => [name, ...data])).toEqual([
      ['a', 1],
      ['b', 2],
    ])
  })

  it('keeps names that objects treat specially', async () => {
    const names = ['__proto__', 'constructor', '0', 'ü.weight']
    await writeCheckpoint(file, new Map(names.map((name, index) => [name, { shape: [1], data: Float32Array.of(index) }])), {})
    const read = await readCheckpoint(file)
    expect(names.map((name) => read.tensors.get(name)?.data[0])).toEqual([0, 1, 2, 3])
  })

  it('says when a file is missing or from a newer version', async () => {
    await expect(readCheckpoint(file)).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining(file) })
    await writeFile(file, forged({ __metadata__: { fracbits_format: '2' } }, 0))
    await expect(readCheckpoint(file)).rejects.toMatchObject({ code: 'CHECKPOINT_MISMATCH' })
  })
})
