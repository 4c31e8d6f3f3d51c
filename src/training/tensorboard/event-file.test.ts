import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { makeTempDir } from '../../util/temp-dir'
import { crc32c, maskedCrc32c } from '../../util/crc32c'
import { EventFile } from './event-file'

const { path: folder, remove } = makeTempDir()
afterAll(remove)

/** Contents of the records of a file, each checked against its checksums. */
function recordsOf(file: Buffer): Buffer[] {
  const records: Buffer[] = []
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at))
    expect(file.readUInt32LE(at + 8)).toBe(maskedCrc32c(file.subarray(at, at + 8)))
    const content = file.subarray(at + 12, at + 12 + length)
    expect(file.readUInt32LE(at + 12 + length)).toBe(maskedCrc32c(content))
    records.push(content)
    at += 16 + length
  }
  return records
}

describe('event files', () => {
  it('use the checksum of RFC 3720', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283)
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa)
    expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43)
  })

  it('begin with their version and hold every scalar at its step', async () => {
    const file = new EventFile(folder, expect.unreachable, () => 1_500_000_000_250)
    file.add(7, [
      { tag: 'train/loss', value: 0.5 },
      { tag: 'train/top1', value: Infinity },
    ])
    await file.close()
    const [name = ''] = await readdir(folder)
    expect(name).toMatch(/^events\.out\.tfevents\.1500000000\./)
    const [version, event, ...rest] = recordsOf(await readFile(join(folder, name)))
    expect(rest).toEqual([])
    expect(version?.toString('latin1')).toContain('brain.Event:2')
    // wall time as double, step 7, a summary with one value: tag and float
    const scalar = `0a11${'0a0a'}${Buffer.from('train/loss').toString('hex')}15${'0000003f'}`
    expect(event?.toString('hex')).toBe(`09000010c00b5ad641${'1007'}2a13${scalar}`)
  })

  it('say once when they cannot be written, and leave the run alone', async () => {
    const said: string[] = []
    const file = new EventFile(join(folder, 'missing'), (message) => said.push(message))
    file.add(1, [{ tag: 'a', value: 1 }])
    await file.close()
    expect(said).toEqual([expect.stringContaining('cannot be written') as unknown])
  })
})
