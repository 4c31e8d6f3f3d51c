import { chmod, copyFile, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addFolder, indexed } from '../engine/testing/index-folder'
import { openTestWorkspace, type TestWorkspace } from '../engine/testing/test-workspace'
import { createImageService } from '../data/browse/image-service'
import { classImage, jpegBytes, pngBytes, writeImageFolder } from '../data/testing/write-image-folder'

let at: TestWorkspace
let folder: string
beforeEach(async () => {
  at = await openTestWorkspace({}, { images: () => createImageService({ threads: 1 }) })
  folder = join(at.dataDir, 'tree')
  await writeImageFolder(folder, { classNames: ['ant', 'bee'], train: 4, validation: 2, width: 40, height: 30 })
})
afterEach(() => at.remove())

describe('a data set', () => {
  it('is indexed in the background: counts, statistics, thumbnails, pages in any order, histogram', async () => {
    const id = await addFolder(at.client, folder)
    expect(await indexed(at.client, id)).toMatchObject({ status: 'ready', images: 12, classes: 2, splitCounts: { train: 8, validation: 4, all: 0 }, available: true, troubled: 0 })
    const { measured } = await at.client.call('data.get', { datasetId: id })
    expect(measured?.mean).toHaveLength(3)
    const { images } = await at.client.call('data.images', { datasetId: id, filter: { labels: [1], split: 'train' }, order: { by: 'name', descending: true } })
    expect(images.map(({ path }) => path)).toEqual(['train/bee/3.png', 'train/bee/2.jpg', 'train/bee/1.png', 'train/bee/0.jpg'])
    expect(images[0]).toMatchObject({ state: 'read', width: 40, height: 30, format: 'png', label: 1 })
    expect(await at.client.call('data.counts', { datasetId: id, filter: { text: '.PNG', labels: [0] } })).toEqual({ total: 3, classes: [3, 3] })
    const { thumbnails } = await at.client.call('data.thumbnails', { datasetId: id, images: [0, 11, 99] })
    expect(thumbnails.map((bytes) => bytes?.[0] ?? null)).toEqual([0xff, 0xff, null])
    expect(await at.client.call('data.image', { datasetId: id, image: 1 })).toMatchObject({ type: 'image/png', reduced: false, path: 'train/ant/1.png' })
    expect((await at.client.call('data.views', { datasetId: id, image: 0, size: 24, draws: 2 })).draws).toHaveLength(2)
    await expect(at.client.call('data.add', { folder, layout: 'split-folders', splits: [] })).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  it('is examined: leaks, copies and unreadable files lead to their images, which are excluded and taken back', async () => {
    await copyFile(join(folder, 'train/ant/0.jpg'), join(folder, 'val/ant/copy.jpg'))
    await copyFile(join(folder, 'train/bee/0.jpg'), join(folder, 'train/bee/copy.png'))
    await writeFile(join(folder, 'train/bee/zero.jpg'), '')
    await writeFile(join(folder, 'train/bee/flat.png'), pngBytes({ width: 40, height: 6, data: new Uint8Array(40 * 6 * 3).fill(9) }))
    const id = await addFolder(at.client, folder)
    await indexed(at.client, id)
    const { findings } = await at.client.call('data.doctor', { datasetId: id })
    const count = (name: string): number | undefined => findings.find(({ finding }) => finding === name)?.images
    expect(findings[0]?.severity).toBe('error')
    expect([count('leak'), count('duplicate'), count('unreadable'), count('tiny'), count('blank'), count('extreme-aspect'), count('wrong-extension')]).toEqual([2, 2, 1, 1, 1, 1, 1])
    const leaks = await at.client.call('data.images', { datasetId: id, filter: { finding: 'leak' }, order: { by: 'group' } })
    expect(leaks.images.map(({ path }) => path)).toEqual(['train/ant/0.jpg', 'val/ant/copy.jpg'])
    expect(new Set(leaks.images.map(({ group }) => group)).size).toBe(1)
    expect(await at.client.call('data.exclude', { datasetId: id, finding: 'unreadable', excluded: true })).toEqual({ changed: 1 })
    expect(await at.client.call('data.exclude', { datasetId: id, images: [0], excluded: true })).toEqual({ changed: 1 })
    expect(await at.client.call('data.get', { datasetId: id })).toMatchObject({ excluded: 2, troubled: 1 })
    await at.client.call('data.index', { datasetId: id, anew: true })
    expect(await indexed(at.client, id)).toMatchObject({ status: 'ready', excluded: 2 })
    await at.client.call('data.exclude', { datasetId: id, images: [0], excluded: false })
    expect((await at.client.call('data.images', { datasetId: id, filter: { excluded: true } })).images.map(({ path }) => path)).toEqual(['train/bee/zero.jpg'])
  })

  it('finds the same picture in another quality or size, and not other pictures', async () => {
    const picture = (shift: number, side: number) => ({
      width: side,
      height: side,
      data: Uint8Array.from({ length: side * side * 3 }, (_, index) => {
        const [x, y] = [((Math.floor(index / 3) % side) * 96) / side, (Math.floor(index / 3 / side) * 96) / side]
        return 128 + 100 * Math.sin(x / (7 + shift)) * Math.cos(y / (11 - shift))
      }),
    })
    await writeFile(join(folder, 'train/ant/p1.jpg'), jpegBytes(picture(0, 96)))
    await writeFile(join(folder, 'val/ant/p1-small.jpg'), jpegBytes(picture(0, 80), 60))
    await writeFile(join(folder, 'train/ant/p2.jpg'), jpegBytes(picture(3, 96)))
    const id = await addFolder(at.client, folder)
    await indexed(at.client, id)
    const { images } = await at.client.call('data.images', { datasetId: id, filter: { finding: 'near-leak' } })
    expect(images.map(({ path }) => path)).toEqual(['train/ant/p1.jpg', 'val/ant/p1-small.jpg'])
  })

  it('can be cancelled, gone on with, moved and forgotten; its files are never touched', async () => {
    const id = await addFolder(at.client, folder)
    await at.client.call('data.cancel', { datasetId: id })
    expect(['cancelled', 'ready']).toContain((await at.client.call('data.get', { datasetId: id })).status)
    await at.client.call('data.index', { datasetId: id })
    await indexed(at.client, id)
    const moved = join(at.dataDir, 'moved')
    await rename(folder, moved)
    expect(await at.client.call('data.get', { datasetId: id })).toMatchObject({ available: false })
    await mkdir(join(at.dataDir, 'other'))
    await expect(at.client.call('data.relink', { datasetId: id, folder: join(at.dataDir, 'other') })).rejects.toMatchObject({ code: 'CONFLICT' })
    await at.client.call('data.relink', { datasetId: id, folder: moved })
    expect(await at.client.call('data.get', { datasetId: id })).toMatchObject({ available: true, folder: moved, images: 12 })
    await at.client.call('data.remove', { datasetId: id })
    expect((await at.client.call('data.list', {})).datasets).toEqual([])
    expect((await at.client.call('data.recognise', { folder: moved })).choices).toHaveLength(1)
  })

  it('that was being indexed when the program ended can be gone on with', async () => {
    const id = await addFolder(at.client, folder)
    await at.connection.close()
    const { client } = await at.open()
    const left = await client.call('data.get', { datasetId: id })
    expect(['cancelled', 'ready']).toContain(left.status)
    if (left.status === 'cancelled') await client.call('data.index', { datasetId: id })
    expect(await indexed(client, id)).toMatchObject({ status: 'ready', images: 12 })
  })
})

describe('hostile folders', () => {
  it('strange names, loops of links, folders that may not be read, empty files: a line each, and the rest is indexed', async () => {
    const strange = ['emoji 🦊 fox', 'two\nlines', 'x'.repeat(255), '<img src=x onerror=alert(1)>', '%00 % _']
    for (const name of strange) {
      await mkdir(join(folder, 'train', name), { recursive: true })
      await writeFile(join(folder, 'train', name, `${name.slice(0, 200)}.png`), pngBytes(classImage(3, 1, 20, 20)))
    }
    await symlink('..', join(folder, 'train/ant/loop'))
    await symlink('nowhere', join(folder, 'train/ant/dangling.jpg'))
    await mkdir(join(folder, 'train/secret'))
    await chmod(join(folder, 'train/secret'), 0)
    const id = await addFolder(at.client, folder)
    const done = await indexed(at.client, id)
    expect(done).toMatchObject({ status: 'ready', images: 12 + strange.length })
    const { names } = await at.client.call('data.classes', { datasetId: id })
    for (const name of strange) expect(names).toContain(name)
    const { findings } = await at.client.call('data.doctor', { datasetId: id })
    const lines = findings.find(({ finding }) => finding === 'left-out')?.lines.join('\n') ?? ''
    expect(lines).toContain('loop: it leads to')
    expect(lines).toContain('dangling.jpg: it is a link that leads nowhere')
    expect(lines).toContain('secret')
    expect((await at.client.call('data.counts', { datasetId: id, filter: { text: '%00 % _' } })).total).toBe(1)
    await chmod(join(folder, 'train/secret'), 0o755)
  })

  it('files that vanish while they are indexed become unreadable images', async () => {
    const id = await addFolder(at.client, folder)
    await rm(join(folder, 'val'), { recursive: true })
    const done = await indexed(at.client, id)
    expect(['ready', 'failed']).toContain(done.status)
    if (done.status === 'failed') expect(done.statusReason).toContain('cannot be read')
    await expect(at.client.call('data.image', { datasetId: id, image: 10 })).rejects.toMatchObject({ code: expect.stringMatching(/DATA_CORRUPT|NOT_FOUND/) as unknown })
  })

  it('a folder of thousands of empty classes is listed, and says that it holds no images', async () => {
    const wide = join(at.dataDir, 'wide')
    await Promise.all(Array.from({ length: 3000 }, (_, index) => mkdir(join(wide, 'train', `class ${index}`), { recursive: true })))
    await at.client.call('data.add', { folder: wide, layout: 'split-folders', splits: [{ split: 'train', folder: 'train' }] })
    const [dataset] = (await at.client.call('data.list', {})).datasets
    const done = await indexed(at.client, dataset?.id ?? '')
    expect(done).toMatchObject({ status: 'failed', statusReason: expect.stringContaining('No images were found') as unknown })
  })
})
