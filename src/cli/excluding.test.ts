import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createImageService } from '../data/browse/image-service'
import { jpegBytes, writeImageFolder } from '../data/testing/write-image-folder'
import { addFolder, indexed } from '../engine/testing/index-folder'
import { CONFIG_TEXT, openTestWorkspace, type TestWorkspace } from '../engine/testing/test-workspace'
import type { ImageFinding } from '../contract/dataset-entities'

let at: TestWorkspace
let folder: string
beforeEach(async () => {
  at = await openTestWorkspace({}, { images: () => createImageService({ threads: 1 }) })
  folder = join(at.dataDir, 'tree')
  await writeImageFolder(folder, { classNames: ['ant', 'bee'], train: 2, validation: 2, width: 40, height: 30 })
})
afterEach(() => at.remove())

/** A picture with large shapes, unlike those of the folder. */
const picture = {
  width: 64,
  height: 64,
  data: Uint8Array.from({ length: 64 * 64 * 3 }, (_, index) => {
    const [x, y] = [Math.floor(index / 3) % 64, Math.floor(index / 192)]
    return Math.round(127 + 60 * Math.sin(x / 7) + 60 * Math.cos((x + 2 * y) / 11))
  }),
}

const copy = (from: string, to: string): Promise<void> => copyFile(join(folder, from), join(folder, to))

const added = async (): Promise<string> => (await indexed(at.client, await addFolder(at.client, folder))).id

const excluded = async (datasetId: string): Promise<string[]> =>
  (await at.client.call('data.images', { datasetId, filter: { excluded: true } })).images.map(({ path }) => path)

const counts = async (datasetId: string, wanted: ImageFinding) => {
  const found = (await at.client.call('data.doctor', { datasetId })).findings.find(({ finding }) => finding === wanted)
  return found === undefined ? null : { images: found.images, excluded: found.excluded, excludable: found.excludable }
}

describe('excluding by a finding', () => {
  it('keeps one of each group of copies within a split, and takes all back', async () => {
    await copy('train/ant/0.jpg', 'train/ant/a.jpg')
    await copy('train/ant/0.jpg', 'train/ant/b.jpg')
    await copy('val/bee/0.jpg', 'val/bee/a.jpg')
    const datasetId = await added()
    expect(await counts(datasetId, 'duplicate')).toEqual({ images: 5, excluded: 0, excludable: 3 })
    expect((await at.client.call('data.get', { datasetId })).troubled).toBe(3)
    expect(await at.client.call('data.exclude', { datasetId, finding: 'duplicate', excluded: true })).toEqual({ changed: 3 })
    expect(await excluded(datasetId)).toEqual(['train/ant/a.jpg', 'train/ant/b.jpg', 'val/bee/a.jpg'])
    expect(await counts(datasetId, 'duplicate')).toEqual({ images: 5, excluded: 3, excludable: 0 })
    expect(await at.client.call('data.get', { datasetId })).toMatchObject({ troubled: 0, excluded: 3 })
    expect(await at.client.call('data.exclude', { datasetId, finding: 'duplicate', excluded: true })).toEqual({ changed: 0 })
    expect(await at.client.call('data.exclude', { datasetId, finding: 'duplicate', excluded: false })).toEqual({ changed: 3 })
    expect(await excluded(datasetId)).toEqual([])
  })

  it('keeps the copy that was not excluded by hand', async () => {
    await copy('train/ant/0.jpg', 'train/ant/a.jpg')
    const datasetId = await added()
    const { images } = await at.client.call('data.images', { datasetId, filter: { finding: 'duplicate' } })
    const [first] = images
    await at.client.call('data.exclude', { datasetId, images: first === undefined ? [] : [first.image], excluded: true })
    expect(await at.client.call('data.exclude', { datasetId, finding: 'duplicate', excluded: true })).toEqual({ changed: 0 })
    expect(await excluded(datasetId)).toEqual([first?.path])
  })

  it('takes training copies of validation images out, and keeps a training copy whose validation images are out of use', async () => {
    await copy('val/ant/0.jpg', 'train/ant/leaked.jpg')
    await copy('val/ant/0.jpg', 'train/ant/twice.jpg')
    await copy('val/bee/0.jpg', 'train/bee/leaked.jpg')
    const datasetId = await added()
    const { images } = await at.client.call('data.images', { datasetId, filter: { finding: 'leak' } })
    expect(await counts(datasetId, 'leak')).toEqual({ images: 5, excluded: 0, excludable: 3 })
    await at.client.call('data.exclude', { datasetId, images: images.filter(({ path }) => path === 'val/bee/0.jpg').map(({ image }) => image), excluded: true })
    expect(await at.client.call('data.exclude', { datasetId, finding: 'leak', excluded: true })).toEqual({ changed: 2 })
    expect(await excluded(datasetId)).toEqual(['train/ant/leaked.jpg', 'train/ant/twice.jpg', 'val/bee/0.jpg'])
    expect(await counts(datasetId, 'leak')).toEqual({ images: 5, excluded: 3, excludable: 0 })
  })

  it('takes training images out that look like validation images', async () => {
    await writeFile(join(folder, 'val/ant/picture.jpg'), jpegBytes(picture, 95))
    await writeFile(join(folder, 'train/ant/picture.jpg'), jpegBytes(picture, 60))
    const datasetId = await added()
    expect(await counts(datasetId, 'near-leak')).toEqual({ images: 2, excluded: 0, excludable: 1 })
    expect(await at.client.call('data.exclude', { datasetId, finding: 'near-leak', excluded: true })).toEqual({ changed: 1 })
    expect(await excluded(datasetId)).toEqual(['train/ant/picture.jpg'])
  })

  it('keeps one of images within a split that look the same', async () => {
    await writeFile(join(folder, 'train/ant/a.jpg'), jpegBytes(picture, 95))
    await writeFile(join(folder, 'train/ant/b.jpg'), jpegBytes(picture, 60))
    const datasetId = await added()
    expect(await at.client.call('data.exclude', { datasetId, finding: 'near-duplicate', excluded: true })).toEqual({ changed: 1 })
    expect(await excluded(datasetId)).toEqual(['train/ant/b.jpg'])
  })
})

const configText = CONFIG_TEXT.replace('"fashion_mnist"', '"folder"').replace('[1, 1, 28, 28]', '[1, 3, 32, 32]')

describe('a run', () => {
  it('leaves out what was excluded when it was made, over a resume and in runs made from it', async () => {
    const datasetId = await added()
    const { images } = await at.client.call('data.images', { datasetId })
    const numberOf = (path: string): number => images.find((image) => image.path === path)?.image ?? -1
    await at.client.call('data.exclude', { datasetId, images: [numberOf('train/bee/0.jpg'), numberOf('val/ant/1.png')], excluded: true })
    const names = ['train/bee/0.jpg', 'val/ant/1.png']
    // Another way to the same folder.
    const { runId } = await at.client.call('runs.create', { configText, dataDir: join(folder, '..', 'tree') })
    await at.until(runId, 'finished')
    await at.client.call('data.exclude', { datasetId, images: [numberOf('train/ant/0.jpg')], excluded: true })
    const { runIds } = await at.client.call('runs.repeat', { runId, count: 1 })
    await at.until(runIds[0] ?? '', 'finished')
    const later = await at.client.call('runs.create', { configText, dataDir: folder })
    await at.until(later.runId, 'finished')
    expect(at.host.started.map(({ spec }) => spec.excluded)).toEqual([names, names, ['train/ant/0.jpg', ...names]])
  })

  it('does not start when it is not known what it leaves out', async () => {
    await at.client.call('queue.pause', { paused: true })
    const { runId } = await at.client.call('runs.create', { configText, dataDir: folder })
    await writeFile(join(at.folder, 'runs', runId, 'excluded-images.json'), '["train/ant')
    await at.client.call('queue.pause', { paused: false })
    expect((await at.until(runId, 'failed')).statusReason).toContain('not known which images this run leaves out')
    expect(at.host.started).toEqual([])
  })
})
