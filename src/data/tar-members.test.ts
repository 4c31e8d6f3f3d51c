import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readTarMembers } from './tar-members'
import { tarBytes } from './testing/tar-bytes'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fracbits-tar-'))
})
afterEach(() => rm(dir, { recursive: true }))

const BATCH = Buffer.from(Array.from({ length: 70_000 }, (_, at) => at % 251))
const whole = () => tarBytes({ 'set/readme.html': Buffer.from('hello'), 'set/one': BATCH, './set/two': Buffer.from('two'), 'set/rest': BATCH })

async function read(bytes: Buffer, names: readonly string[] = ['set/one', 'set/two']): Promise<ReadonlyMap<string, Buffer>> {
  await writeFile(join(dir, 'a.tar.gz'), bytes)
  return readTarMembers(join(dir, 'a.tar.gz'), names)
}

/** Writes a header's field, and its checksum anew. */
function withField(tar: Buffer, header: number, at: number, value: string): Buffer {
  const changed = Buffer.from(tar)
  changed.write(value, header + at, 'latin1')
  changed.fill(' ', header + 148, header + 156)
  const sum = changed.subarray(header, header + 512).reduce((total, byte) => total + byte, 0)
  changed.write(`${sum.toString(8).padStart(6, '0')}\0 `, header + 148, 'latin1')
  return changed
}

describe('readTarMembers', () => {
  it('gives the files that are asked for and stops when it has them, whatever follows', async () => {
    const found = await read(await whole())
    expect([...found.keys()]).toEqual(['set/one', 'set/two'])
    expect(found.get('set/one')?.equals(BATCH)).toBe(true)
    expect(found.get('set/two')?.toString()).toBe('two')
    const bytes = await whole()
    expect((await read(bytes.subarray(0, bytes.length - 12), ['set/one'])).get('set/one')?.equals(BATCH)).toBe(true)
  })

  it('says that an archive is not there, lacks a file, is cut off, or is none', async () => {
    await expect(readTarMembers(join(dir, 'none.tar.gz'), ['a'])).rejects.toMatchObject({
      code: 'DATA_MISSING',
      message: expect.stringContaining('none.tar.gz') as unknown,
    })
    await expect(readTarMembers(dir, ['a'])).rejects.toMatchObject({ code: 'DATA_MISSING' })
    await expect(read(await whole(), ['set/three'])).rejects.toMatchObject({
      code: 'DATA_CORRUPT',
      message: expect.stringContaining('set/three') as unknown,
    })
    const bytes = await whole()
    await expect(read(bytes.subarray(0, bytes.length / 2), ['set/rest'])).rejects.toMatchObject({ code: 'DATA_CORRUPT' })
    await expect(read(gzipSync(gunzipSync(bytes).subarray(0, 3000)))).rejects.toMatchObject({ code: 'DATA_CORRUPT' })
    await expect(read(Buffer.from('no archive'))).rejects.toMatchObject({ code: 'DATA_CORRUPT' })
    await expect(read(Buffer.alloc(0))).rejects.toMatchObject({ code: 'DATA_CORRUPT' })
  })

  it('takes no link for a file, and no file that says it is larger than any of a published archive', async () => {
    const tar = gunzipSync(await tarBytes({ one: Buffer.from('one') }))
    await expect(read(gzipSync(withField(tar, 0, 156, '2')), ['one'])).rejects.toMatchObject({
      code: 'DATA_CORRUPT',
      message: expect.stringContaining('one was expected') as unknown,
    })
    await expect(read(gzipSync(withField(tar, 0, 124, '77777777777')), ['one'])).rejects.toMatchObject({
      code: 'DATA_CORRUPT',
      message: expect.stringContaining('8589934591 bytes') as unknown,
    })
  })

  it('stops an archive that unpacks to far more than it is, and one of very many files', async () => {
    const before = process.resourceUsage().maxRSS / 1024
    const tar = gunzipSync(await tarBytes({ other: Buffer.from('x') }))
    const zeros = withField(tar, 0, 124, '77777777777').subarray(0, 512)
    const bomb = gzipSync(zeros)
    const million = gzipSync(Buffer.alloc(1_000_000))
    await expect(read(Buffer.concat([bomb, ...Array.from({ length: 500 }, () => million)]))).rejects.toMatchObject({
      code: 'DATA_CORRUPT',
      message: expect.stringContaining('unpacks to more than') as unknown,
    })
    const many = Object.fromEntries(Array.from({ length: 1200 }, (_, file) => [`f${file}`, new Uint8Array(0)]))
    await expect(read(await tarBytes(many), ['f1199'])).rejects.toMatchObject({
      code: 'DATA_CORRUPT',
      message: expect.stringContaining('at most 1000 files') as unknown,
    })
    expect(process.resourceUsage().maxRSS / 1024 - before).toBeLessThan(150)
  })
})
