import { readFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { findDemoData } from '../../src/util/paths'

const HEADER_BYTES = { images: 16, labels: 8 } as const

/** Writes the first images of the real demo data set into `folder`, in its own layout: small enough for a test. */
export async function writeSmallDemoData(folder: string, counts: { train: number; validation: number }): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const [prefix, count] of [
    ['train', counts.train],
    ['t10k', counts.validation],
  ] as const) {
    for (const [kind, itemBytes] of [
      ['images', 28 * 28],
      ['labels', 1],
    ] as const) {
      const name = `${prefix}-${kind}-idx${kind === 'images' ? '3' : '1'}-ubyte`
      const whole = await readDemoFile(name)
      const part = Buffer.from(whole.subarray(0, HEADER_BYTES[kind] + count * itemBytes))
      part.writeUInt32BE(count, 4)
      await writeFile(join(folder, name), part)
    }
  }
}

/** A file of the real demo data set, unpacked. */
export async function readDemoFile(name: string): Promise<Buffer> {
  const source = await findDemoData()
  if (!source.available) throw new Error(`The demo images are missing: ${source.problem ?? ''}`)
  const path = join(source.directory, name)
  try {
    return gunzipSync(await readFile(`${path}.gz`))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return readFile(path)
  }
}
