import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type PredictionsFile } from '../contract/predictions'
import { countedBy } from '../engine/run-confusion'
import { CONFIG_TEXT, openTestWorkspace, type TestWorkspace } from '../engine/testing/test-workspace'
import { callCli } from './testing/call-cli'

let at: TestWorkspace
let runId: string
beforeEach(async () => {
  at = await openTestWorkspace()
  ;({ runId } = await at.client.call('runs.create', { configText: CONFIG_TEXT, dataDir: at.dataDir }))
  await at.until(runId, 'finished')
})
afterEach(() => at.remove())

/** What a run leaves of so many images, the first of class 0; classes of the answers and of the images. */
function answers(classNames: string[], predicted: number[], labels?: number[]): PredictionsFile {
  const names = predicted.map((_, image) => `validation/${String(image).padStart(6, '0')}`)
  const ones = predicted.map(() => 1)
  return { classNames, names, predicted, ...(labels === undefined ? {} : { labels }), confidence: ones, margin: ones }
}
async function keep(kind: string, file: object | string, of = runId): Promise<void> {
  const path = join((await at.client.call('runs.get', { runId: of })).folder, `predictions-${kind}.json`)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, typeof file === 'string' ? file : JSON.stringify(file))
}
const confusion = (kind: 'fp32' | 'int8' | 'mixed' | null = null) => at.client.call('runs.confusion', { runId, kind })
const cli = (...words: string[]) => callCli(at.folder, words, { client: at.client, mode: 'owner', workspace: at.folder, close: () => Promise.resolve() })

it('images are counted by the class they have and the one they were given, without a data set in the workspace', async () => {
  await keep('fp32', answers(['ant', 'bee', 'wasp'], [0, 2, 0, 1, 2, 1], [0, 0, 0, 1, 1, 1]))
  expect((await at.client.call('data.list', {})).datasets).toEqual([])
  expect(await confusion()).toEqual({
    kind: 'fp32',
    kinds: ['fp32'],
    classNames: ['ant', 'bee', 'wasp'],
    images: 6,
    actual: [3, 3, 0],
    predicted: [2, 2, 2],
    counts: [[0, 0, 2], [0, 2, 1], [1, 1, 2], [1, 2, 1]],
    omitted: 0,
  })
})

it('what was not kept or is damaged is said, each with what to do', async () => {
  await expect(confusion()).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringMatching(/were not kept\. Train again/) as unknown })
  await keep('fp32', answers(['ant', 'bee'], [0, 1]))
  await expect(confusion()).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringMatching(/^The confusion of this run was not kept.*again to keep it\.$/) as unknown })
  await expect(confusion('int8')).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('Answers are kept of fp32.') as unknown })
  const whole = answers(['ant', 'bee'], [0, 1], [0, 1])
  for (const damaged of [{ ...whole, labels: [0] }, { ...whole, labels: [0, 2] }, { ...whole, labels: [0, -1] }, { ...whole, predicted: [0, 2] }, { ...whole, predicted: [0] }, { ...whole, margin: [] }, '{"names": [']) {
    await keep('fp32', damaged)
    await expect(confusion()).rejects.toMatchObject({ code: 'DATA_CORRUPT', message: expect.stringContaining('predictions-fp32.json') as unknown })
  }
  await rm(join((await at.client.call('runs.get', { runId })).folder, 'predictions-fp32.json'))
  await expect(confusion()).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await expect(at.client.call('runs.confusion', { runId: 'nosuchrun1' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

it('of more cells than one answer holds, all right answers and the fullest mistakes stay', () => {
  const file = answers(['a', 'b', 'c'], [1, 2, 2, 0, 1, 1], [0, 0, 0, 1, 1, 2])
  expect(countedBy(file, 3)).toMatchObject({ images: 6, actual: [3, 2, 1], predicted: [1, 3, 2], counts: [[0, 1, 1], [0, 2, 2], [1, 1, 1]], omitted: 2 })
  expect(countedBy(file)).toMatchObject({ omitted: 0 })
})

it('a terminal shows the matrix, the mistakes and the classes, or what changed from another model', async () => {
  await keep('fp32', answers(['ant', 'bee', 'wasp'], [0, 2, 0, 1, 2, 1], [0, 0, 0, 1, 1, 1]))
  const shown = await cli('confusion', 'small')
  expect(shown).toMatchObject({ code: 0, err: '' })
  expect(shown.out.split('\n')).toEqual([
    'fp32: 4 of 6 images right (66.67%)',
    '',
    'Actual class by row, predicted class by column',
    '      ant  bee  wasp',
    '----  ---  ---  ----',
    'ant     2    .     1',
    'bee     .    2     1',
    'wasp    .    .     .',
    '',
    'Most frequent mistakes',
    'actual  predicted  images  of the class',
    '------  ---------  ------  ------------',
    'ant     wasp            1        33.33%',
    'bee     wasp            1        33.33%',
    '',
    'Classes, the least recognised first',
    'class  images  recall  precision',
    '-----  ------  ------  ---------',
    'ant         3  66.67%    100.00%',
    'bee         3  66.67%    100.00%',
    'wasp        0       –      0.00%',
    '',
  ])
  expect((await cli('confusion', runId, '--limit', '1')).out).toContain('1 of 2 pairs of classes; --limit shows more.')

  const other = await at.client.call('runs.create', { configText: CONFIG_TEXT, dataDir: at.dataDir })
  await at.until(other.runId, 'finished')
  await keep('fp32', answers(['ant', 'bee', 'wasp'], [0, 0, 0, 1, 2, 2], [0, 0, 0, 1, 1, 1]), other.runId)
  const changed = await cli('confusion', other.runId, '--against', runId)
  expect(changed.out.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
    ['fp32: 4 of 6 images right; fp32: 4 of 6'],
    [''],
    ['actual', 'predicted', 'before', 'after', 'change'],
    ['------', '---------', '------', '-----', '------', '------'],
    ['ant', 'ant', '2', '3', '+1', 'better'],
    ['ant', 'wasp', '1', '0', '-1', 'better'],
    ['bee', 'bee', '2', '1', '-1', 'worse'],
    ['bee', 'wasp', '1', '2', '+1', 'worse'],
    [''],
  ])
  expect(JSON.parse((await cli('confusion', other.runId, '--against', runId, '--json')).out)).toMatchObject({ type: 'confusion-difference', before: { runId, kind: 'fp32' }, changes: [{ change: 1 }, {}, {}, {}] })
  expect(JSON.parse((await cli('confusion', runId, '--json')).out)).toMatchObject({ type: 'confusion', runId, images: 6, counts: [[0, 0, 2], [0, 2, 1], [1, 1, 2], [1, 2, 1]] })

  await keep('fp32', answers(['ant', 'bee'], [0], [0]), other.runId)
  expect(await cli('confusion', other.runId, '--against', runId)).toMatchObject({ code: 2, out: '', err: expect.stringContaining('different classes') as unknown })
  expect(await cli('confusion', runId, '--against-model', 'fp32')).toMatchObject({ code: 2, err: expect.stringContaining('--against') as unknown })
})
