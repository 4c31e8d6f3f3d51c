import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { makeTempDir } from '../util/temp-dir'
import { Predictions } from './predictions'

const { path: folder, remove } = makeTempDir()
afterAll(remove)

it('keep the likeliest class, its softmax and its lead, by the name of the image; places without an image have none', async () => {
  const validation = { count: 3, excluded: [], channels: 1, height: 1, width: 1, nameOf: (index: number) => `image ${index}` }
  const predictions = new Predictions({ validation, classNames: ['a', 'b', 'c'] })
  const ln = Math.log
  predictions.add({ step: 0, labels: Int32Array.of(2, -1) }, Float32Array.of(ln(1), ln(6), ln(3), 0, 0, 9))
  predictions.add({ step: 1, labels: Int32Array.of(0, -1) }, Float32Array.of(1000, 1000, -1000, 5, 6, 7))
  await predictions.write(folder, 'mixed')
  const kept: unknown = JSON.parse(await readFile(join(folder, 'predictions-mixed.json'), 'utf8'))
  expect(kept).toEqual({ classNames: ['a', 'b', 'c'], names: ['image 0', 'image 2'], predicted: [1, 0], labels: [2, 0], confidence: [0.6, 0.5], margin: [0.3, 0] })
})
