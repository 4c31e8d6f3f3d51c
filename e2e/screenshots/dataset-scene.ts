import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { jpegBytes, writeImageFolder } from '../../src/data/testing/write-image-folder'
import { writePhotos } from '../../src/data/testing/write-photos'
import { startCli } from '../support/run-cli'
import type { Screen } from './screen'

const by = (page: Page, id: string) => page.locator(`[data-testid="${id}"]`)

/** Two data sets: photographs among which much is wrong, and the packed images in `packed`. */
export async function prepareDatasets(workspace: string, packed: string): Promise<void> {
  const photos = join(workspace, 'photographs')
  await writePhotos(photos, { train: 32, validation: 10 })
  await writeImageFolder(photos, { classNames: ['third, rare'], train: 2, validation: 1, width: 60, height: 40 })
  const first = join(photos, 'train/first')
  await copyFile(join(first, '0.jpg'), join(photos, 'val/first/the same again.jpg'))
  await copyFile(join(first, '2.jpg'), join(first, 'a copy.jpg'))
  await copyFile(join(first, '4.jpg'), join(first, 'not a png.png'))
  await writeFile(join(first, 'empty.jpg'), '')
  await writeFile(join(first, 'notes.tiff'), 'none')
  await writeFile(join(first, 'one colour.jpg'), jpegBytes({ width: 400, height: 60, data: new Uint8Array(400 * 60 * 3).fill(90) }))
  await mkdir(join(workspace, 'Fashion-MNIST, a part'))
  for (const name of ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte', 't10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'])
    await copyFile(join(packed, name), join(workspace, 'Fashion-MNIST, a part', name))
  for (const [folder, layout] of [
    [photos, 'split-folders'],
    [join(workspace, 'Fashion-MNIST, a part'), 'fashion_mnist'],
  ] as const) {
    const { code, stderr } = await startCli(['data', 'add', folder, '--layout', layout, '--workspace', workspace]).ended
    if (code !== 0) throw new Error(`${folder} was not added: ${stderr}`)
  }
}

async function openDataset(page: Page, name: string): Promise<void> {
  await page.getByRole('link', { name, exact: true }).click()
  await page.waitForFunction(() => document.querySelectorAll('[data-testid="image-cell"] img').length >= 20)
}

async function openImage(page: Page, place: number): Promise<void> {
  await by(page, 'image-cell').nth(place).dblclick()
  await by(page, 'whole-image').waitFor()
  await page.waitForFunction(() => document.querySelectorAll('[data-testid="draws"] img').length === 8)
}

const PHOTOS = 'photographs'
const PACKED = 'Fashion-MNIST, a part'
const hash = (): string => '#/datasets'

/** The pages of data sets. */
export const DATASET_SCREENS: readonly Screen[] = [
  { name: 'datasets', hash, ready: (page) => by(page, 'dataset-row').nth(1).waitFor() },
  { name: 'dataset-photographs', hash, ready: (page) => openDataset(page, PHOTOS) },
  { name: 'dataset-packed', hash, ready: (page) => openDataset(page, PACKED) },
  {
    name: 'dataset-image',
    hash,
    ready: async (page) => {
      await openDataset(page, PHOTOS)
      await openImage(page, 3)
    },
  },
  {
    name: 'dataset-image-views',
    hash,
    ready: async (page) => {
      await openDataset(page, PHOTOS)
      await openImage(page, 3)
      await by(page, 'draws').scrollIntoViewIfNeeded()
    },
  },
  {
    name: 'dataset-image-packed',
    hash,
    ready: async (page) => {
      await openDataset(page, PACKED)
      await openImage(page, 3)
    },
  },
  {
    name: 'dataset-doctor',
    hash,
    ready: async (page) => {
      await openDataset(page, PHOTOS)
      await by(page, 'tab-doctor').click()
      await by(page, 'finding').first().waitFor()
    },
  },
  {
    name: 'dataset-nothing-found',
    hash,
    ready: async (page) => {
      await openDataset(page, PHOTOS)
      await by(page, 'image-search').fill('no such file')
      await page.getByText('No image fits').waitFor()
    },
  },
]
