import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { ImageFilter, ImageOrder } from '../contract/dataset-entities'
import type { PredictionsFile } from '../contract/predictions'
import { createImageService } from '../data/browse/image-service'
import { writeImageFolder } from '../data/testing/write-image-folder'
import { addFolder, indexed } from '../engine/testing/index-folder'
import { CONFIG_TEXT, openTestWorkspace, type TestWorkspace } from '../engine/testing/test-workspace'
import { callCli } from './testing/call-cli'

const configText = CONFIG_TEXT.replace('"fashion_mnist"', '"folder"').replace('[1, 1, 28, 28]', '[1, 3, 32, 32]')

let at: TestWorkspace
let folder: string
let datasetId: string
let runId: string
beforeEach(async () => {
  at = await openTestWorkspace({}, { images: () => createImageService({ threads: 1 }) })
  folder = join(at.dataDir, 'tree')
  await writeImageFolder(folder, { classNames: ['ant', 'bee'], train: 2, validation: 2, width: 40, height: 30 })
  datasetId = (await indexed(at.client, await addFolder(at.client, folder))).id
  ;({ runId } = await at.client.call('runs.create', { configText, dataDir: folder }))
  await at.until(runId, 'finished')
})
afterEach(() => at.remove())

const names = ['val/ant/0.jpg', 'val/ant/1.png', 'val/bee/0.jpg', 'val/bee/1.png']
const answers = (predicted: number[], confidence: number[]): PredictionsFile => ({ classNames: ['bee', 'ant'], names, predicted, confidence, margin: confidence.map((share) => 2 * share - 1) })

async function keep(kind: string, file: PredictionsFile | string): Promise<void> {
  const runFolder = join(at.folder, 'runs', runId)
  await mkdir(runFolder, { recursive: true })
  await writeFile(join(runFolder, `predictions-${kind}.json`), typeof file === 'string' ? file : JSON.stringify(file))
}

async function paths(filter: ImageFilter, by: ImageOrder['by'] = 'position', descending = false): Promise<string[]> {
  const { images } = await at.client.call('data.images', { datasetId, filter, order: { by, descending } })
  expect((await at.client.call('data.counts', { datasetId, filter })).total).toBe(images.length)
  return images.map(({ path }) => path)
}

it('images are filtered and ordered by what a model said of them, and by whether another model said otherwise', async () => {
  // Classes of the run in another order than those of the data set: 0 is "bee" here.
  await keep('mixed', answers([1, 0, 0, 1], [0.9, 0.6, 0.8, 0.7]))
  await keep('fp32', answers([1, 1, 0, 1], [0.9, 0.6, 0.8, 0.7]))
  const evaluation = { runId, kind: 'mixed' as const }
  expect(await paths({ evaluation })).toEqual(names)
  expect(await paths({ evaluation, outcome: 'right' })).toEqual(['val/ant/0.jpg', 'val/bee/0.jpg'])
  expect(await paths({ evaluation, outcome: 'wrong' })).toEqual(['val/ant/1.png', 'val/bee/1.png'])
  expect(await paths({ evaluation, predicted: 0 })).toEqual(['val/ant/0.jpg', 'val/bee/1.png'])
  expect(await paths({ evaluation, predicted: 0, labels: [1] })).toEqual(['val/bee/1.png'])
  expect(await paths({ evaluation, flippedFrom: 'fp32' })).toEqual(['val/ant/1.png'])
  expect(await paths({ evaluation }, 'confidence')).toEqual(['val/ant/1.png', 'val/bee/1.png', 'val/bee/0.jpg', 'val/ant/0.jpg'])
  expect(await paths({ evaluation }, 'margin', true)).toEqual(['val/ant/0.jpg', 'val/bee/0.jpg', 'val/bee/1.png', 'val/ant/1.png'])
  const { images } = await at.client.call('data.images', { datasetId, filter: { evaluation, outcome: 'wrong' } })
  expect(images[0]?.prediction).toEqual({ predicted: 1, confidence: 0.6, margin: expect.closeTo(0.2, 6) as unknown })
  // Without a model there is nothing to order by, and no answer.
  const all = await at.client.call('data.images', { datasetId, order: { by: 'confidence', descending: false } })
  expect(all.images.map(({ prediction }) => prediction)).toEqual(Array.from({ length: 8 }, () => null))
  expect((await at.client.call('data.counts', { datasetId, filter: { evaluation, outcome: 'wrong' } })).classes).toEqual([1, 1])
})

it('answers that are written anew replace those that are known; ones that are gone or damaged are named', async () => {
  const evaluation = { runId, kind: 'mixed' as const }
  await keep('mixed', answers([1, 1, 0, 0], [0.9, 0.6, 0.8, 0.7]))
  expect(await paths({ evaluation, outcome: 'wrong' })).toEqual([])
  await keep('mixed', answers([0, 1, 0, 0], [0.9, 0.65, 0.8, 0.75]))
  expect(await paths({ evaluation, outcome: 'wrong' })).toEqual(['val/ant/0.jpg'])
  await keep('mixed', '{"names": [')
  await expect(paths({ evaluation })).rejects.toMatchObject({ code: 'DATA_CORRUPT', message: expect.stringContaining('predictions-mixed.json') as unknown })
  await rm(join(at.folder, 'runs', runId, 'predictions-mixed.json'))
  await expect(paths({ evaluation })).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('predictions-mixed.json') as unknown })
  expect(await at.client.call('data.evaluations', { datasetId })).toEqual({ evaluations: [] })
})

const cli = (...words: string[]) =>
  callCli(at.folder, words, { client: at.client, mode: 'owner', workspace: at.folder, close: () => Promise.resolve() })

it('a run names the data set whose images its models answered, by whatever path it was given', async () => {
  await symlink(folder, join(at.dataDir, 'link'))
  const linked = await at.client.call('runs.create', { configText, dataDir: join(at.dataDir, 'link') })
  await at.until(linked.runId, 'finished')
  expect(await at.client.call('data.evaluationsOf', { runId: linked.runId })).toEqual({ datasetId, kinds: [] })
  runId = linked.runId
  await writeFile(join((await at.client.call('runs.get', { runId })).folder, 'predictions-fp32.json'), JSON.stringify(answers([1, 1, 0, 1], [0.9, 0.6, 0.8, 0.7])))
  expect(await at.client.call('data.evaluationsOf', { runId })).toEqual({ datasetId, kinds: ['fp32'] })
  expect((await at.client.call('data.evaluations', { datasetId })).evaluations).toMatchObject([{ runId, kind: 'fp32' }])
  await at.client.call('data.remove', { datasetId })
  expect(await at.client.call('data.evaluationsOf', { runId })).toEqual({ datasetId: null, kinds: ['fp32'] })
})

it('images are listed in the terminal as in the window', async () => {
  await keep('fp32', answers([1, 1, 0, 1], [0.9, 0.6, 0.8, 0.7]))
  const all = await cli('data', 'images', 'tree', '--split', 'validation', '--class', 'bee')
  expect(all).toMatchObject({ code: 0, err: '' })
  expect(all.out.split('\n').map((line) => line.split(/ {2,}/).slice(0, 3))).toEqual([
    ['image', 'class', 'pixels'],
    [expect.stringMatching(/^-+$/), '-----', '-------'],
    ['val/bee/0.jpg', 'bee', '40 x 30'],
    ['val/bee/1.png', 'bee', '40 x 30'],
    [''],
  ])
  const wrong = await cli('data', 'images', 'tree', '--run', runId, '--wrong')
  expect(wrong.out.split('\n')[2]).toMatch(/^val\/bee\/1\.png {2}bee {4}ant {8}70\.00% {2}40\.00% /)
  const two = await cli('data', 'images', 'tree', '--run', runId, '--sort', 'confidence', '--descending', '--limit', '2', '--json')
  expect(two.out.trim().split('\n').map((line): unknown => JSON.parse(line))).toMatchObject([
    { type: 'image', path: 'val/ant/0.jpg', className: 'ant', predictedName: 'ant', prediction: { confidence: 0.9 } },
    { type: 'image', path: 'val/bee/0.jpg', className: 'bee', predictedName: 'bee', prediction: { confidence: 0.8 } },
  ])
  expect((await cli('data', 'images', 'tree', '--limit', '3')).err).toBe('3 of 8 images; --limit shows more.\n')
  expect(await cli('data', 'images', 'tree', '--wrong')).toMatchObject({ code: 2, out: '', err: expect.stringContaining('--run') as unknown })
  expect(await cli('data', 'images', 'tree', '--class', 'wasp')).toMatchObject({ code: 2, err: expect.stringContaining('The classes are ant, bee.') as unknown })
  expect((await cli('data', 'inspect', 'tree')).out).toMatch(new RegExp(`Answered by the models of\n  ${runId}  small: fp32 90\\.00%\n`))
})
