import { existsSync, linkSync, mkdirSync } from 'node:fs'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDeflate, crc32 } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import type { DatasetSummary } from '../contract/dataset-entities'
import type { ImageService } from '../contract/image-service'
import { createImageService } from '../data/browse/image-service'
import { PNG_SIGNATURE } from '../data/png/chunks'
import { classImage, pngBytes, writeImageFolder } from '../data/testing/write-image-folder'
import { openTestWorkspace, type TestWorkspace } from '../engine/testing/test-workspace'

/** 20,000 in every test; `FRACBITS_MANY_CLASSES=100000` for the whole of it. */
const CLASSES = Number(process.env['FRACBITS_MANY_CLASSES'] ?? 20_000)
/** So many names one file may have on any file system. */
const LINKS = 30_000
/** Disks take a minute to remove that many folders. */
const FAST_FOLDER = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

let at: TestWorkspace
let fast: string | null = null
afterEach(async () => {
  await at.remove()
  if (fast !== null) await rm(fast, { recursive: true })
  fast = null
})

/** Opens a workspace whose real image service is followed by `listed`, which is called when the folders were read and nothing else yet. */
async function openWith(listed: () => Promise<void> = async () => undefined): Promise<void> {
  at = await openTestWorkspace(
    {},
    {
      images: () => {
        const service = createImageService({ threads: 1 })
        const list: ImageService['list'] = async (...args) => {
          const listing = await service.list(...args)
          await listed()
          return listing
        }
        return { ...service, list }
      },
    },
  )
}

/** Adds a folder as it is recognised; gives what it is like when indexing has ended. `meanwhile` is told of each change. */
async function index(folder: string, meanwhile: (dataset: DatasetSummary) => void = () => undefined): Promise<DatasetSummary> {
  const { choices, problem } = await at.client.call('data.recognise', { folder })
  const [choice] = choices
  if (choice === undefined) throw new Error(problem ?? 'nothing was recognised')
  const abort = new AbortController()
  const events = at.client.open('data.events', {}, { signal: abort.signal })
  const { datasetId } = await at.client.call('data.add', { folder, layout: choice.layout, splits: choice.splits })
  return ended(datasetId, events, abort, meanwhile)
}

async function ended(
  datasetId: string,
  events: ReturnType<TestWorkspace['client']['open']>,
  abort: AbortController,
  meanwhile: (dataset: DatasetSummary) => void,
): Promise<DatasetSummary> {
  try {
    const now = await at.client.call('data.get', { datasetId })
    if (now.status !== 'indexing') return now
    for await (const event of events as AsyncIterable<{ type: string; dataset?: DatasetSummary }>) {
      if (event.dataset?.id !== datasetId) continue
      if (event.dataset.status !== 'indexing') return event.dataset
      meanwhile(event.dataset)
    }
    throw new Error('the events ended')
  } finally {
    abort.abort()
  }
}

const linesOf = async (datasetId: string, finding: string): Promise<readonly string[]> =>
  (await at.client.call('data.doctor', { datasetId })).findings.find((entry) => entry.finding === finding)?.lines ?? []

/** A whole PNG of black grey pixels, made row by row. */
async function writeBlackPng(file: string, side: number): Promise<void> {
  const chunk = (kind: string, body: Buffer): Buffer => {
    const bytes = Buffer.concat([Buffer.alloc(4), Buffer.from(kind, 'latin1'), body, Buffer.alloc(4)])
    bytes.writeUInt32BE(body.length)
    bytes.writeUInt32BE(crc32(bytes.subarray(4, body.length + 8)), body.length + 8)
    return bytes
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(side, 0)
  header.writeUInt32BE(side, 4)
  header.set([8, 0, 0, 0, 0], 8)
  const deflate = createDeflate({ level: 1 })
  const parts: Buffer[] = []
  deflate.on('data', (part: Buffer) => parts.push(part))
  const row = Buffer.alloc(side + 1)
  for (let y = 0; y < side; y++) if (!deflate.write(row)) await new Promise((resolve) => deflate.once('drain', resolve))
  await new Promise<void>((resolve) => deflate.end(resolve))
  await writeFile(file, Buffer.concat([PNG_SIGNATURE, chunk('IHDR', header), chunk('IDAT', Buffer.concat(parts)), chunk('IEND', Buffer.alloc(0))]))
}

describe('hostile folders at full scale', () => {
  it('a real PNG of 20,000 x 20,000 pixels is refused by its header, within memory, and said in a line', async () => {
    await openWith()
    const folder = join(at.dataDir, 'large')
    await writeImageFolder(folder, { classNames: ['ant', 'bee'], train: 2, validation: 1, width: 40, height: 30 })
    await writeBlackPng(join(folder, 'train/ant/huge.png'), 20_000)
    const before = process.resourceUsage().maxRSS / 1024
    const done = await index(folder)
    expect(done).toMatchObject({ status: 'ready', images: 7, troubled: 1 })
    expect(await linesOf(done.id, 'unreadable')).toEqual([
      expect.stringMatching(/^train\/ant\/huge\.png: it has 20000 x 20000 pixels; at most [\d,]+ are read$/),
    ])
    const image = (await at.client.call('data.images', { datasetId: done.id, filter: { finding: 'unreadable' } })).images[0]?.image ?? -1
    await expect(at.client.call('data.image', { datasetId: done.id, image })).rejects.toMatchObject({ code: 'DATA_CORRUPT' })
    // Its pixels alone would take 400, in colour 1200.
    expect(process.resourceUsage().maxRSS / 1024 - before).toBeLessThan(300)
  })

  it('files that vanish and files that are emptied between listing and reading are a line each', async () => {
    let folder = ''
    await openWith(async () => {
      await rm(join(folder, 'val'), { recursive: true })
      await writeFile(join(folder, 'train/ant/0.jpg'), '')
    })
    folder = join(at.dataDir, 'vanishing')
    await writeImageFolder(folder, { classNames: ['ant', 'bee'], train: 2, validation: 1, width: 40, height: 30 })
    const done = await index(folder)
    expect(done).toMatchObject({ status: 'ready', images: 6, troubled: 3 })
    expect(await linesOf(done.id, 'unreadable')).toEqual([
      'train/ant/0.jpg: it is empty',
      expect.stringMatching(/^val\/ant\/0\.jpg: it cannot be read .*ENOENT/),
      expect.stringMatching(/^val\/bee\/0\.jpg: it cannot be read .*ENOENT/),
    ])
  })

  it('a folder that goes away as a whole, such as an unplugged drive, ends indexing with a sentence; it goes on when the folder is back', async () => {
    let folder = ''
    await openWith(() => rename(folder, `${folder} away`))
    folder = join(at.dataDir, 'drive')
    await writeImageFolder(folder, { classNames: ['ant', 'bee'], train: 2, validation: 1, width: 40, height: 30 })
    const stopped = await index(folder)
    expect(stopped).toMatchObject({
      status: 'failed',
      available: false,
      troubled: 0,
      statusReason: expect.stringContaining('went away while its images were read') as unknown,
    })
    await rename(`${folder} away`, folder)
    const abort = new AbortController()
    const events = at.client.open('data.events', {}, { signal: abort.signal })
    await at.client.call('data.index', { datasetId: stopped.id })
    expect(await ended(stopped.id, events, abort, () => undefined)).toMatchObject({ status: 'ready', images: 6, troubled: 0 })
  })

  it(
    `${CLASSES.toLocaleString('en')} classes are indexed while the engine answers, and asked for like any others`,
    { timeout: 600_000 },
    async () => {
      await openWith()
      const outer = (fast = await mkdtemp(join(FAST_FOLDER, 'fracbits-wide-')))
      const folder = join(outer, 'wide')
      const pixel = pngBytes(classImage(0, 0, 1, 1))
      const source = (label: number): string => join(outer, `pixel ${Math.floor(label / LINKS)}.png`)
      for (let label = 0; label < CLASSES; label += LINKS) await writeFile(source(label), pixel)
      mkdirSync(folder)
      const names = Array.from({ length: CLASSES }, (_, label) => `class ${String(label).padStart(6, '0')}`)
      for (const [label, name] of names.entries()) {
        mkdirSync(join(folder, name))
        linkSync(source(label), join(folder, name, 'pixel.png'))
      }
      const seen = new Set<number>()
      let answers = 0
      const done = await index(folder, (dataset) => {
        seen.add(dataset.progress?.done ?? 0)
        void at.client.call('data.counts', { datasetId: dataset.id, filter: { labels: [3] } }).then(() => answers++)
      })
      expect(done).toMatchObject({ status: 'ready', images: CLASSES, classes: CLASSES, bytes: CLASSES * pixel.length })
      expect(answers).toBeGreaterThan(5)
      expect(seen.size).toBeGreaterThan(5)
      const { names: found } = await at.client.call('data.classes', { datasetId: done.id })
      expect(found).toEqual(names)
      const labels = names.map((_, label) => label).filter((label) => label % 2 === 0)
      expect((await at.client.call('data.counts', { datasetId: done.id, filter: { labels } })).total).toBe(CLASSES / 2)
      const last = await at.client.call('data.images', { datasetId: done.id, order: { by: 'class', descending: true }, limit: 1 })
      expect(last.images[0]).toMatchObject({ path: `${names.at(-1) ?? ''}/pixel.png`, label: CLASSES - 1, state: 'read' })
      const { findings } = await at.client.call('data.doctor', { datasetId: done.id })
      expect(findings.find(({ finding }) => finding === 'duplicate')).toMatchObject({ images: CLASSES, excludable: CLASSES - 1 })
      for (const { lines } of findings) expect(lines.length).toBeLessThanOrEqual(20)
    },
  )
})
