import { expect, it } from 'vitest'
import type { FillRequest } from './fill-batch'
import type { ImageStore } from './image-store'
import { createWorkerPool } from './worker-pool'

const store: ImageStore = { count: 1, height: 1, width: 1, channels: 1, pixels: Uint8Array.of(9), labels: Uint8Array.of(3) }
const source = { kind: 'memory', store, resizeFirst: false } as const
const request = (): FillRequest => ({
  split: 'train',
  indices: Uint32Array.of(0),
  firstPosition: 0,
  augmentation: null,
  substitution: null,
  images: new Uint8Array(new SharedArrayBuffer(1)),
  labels: new Int32Array(new SharedArrayBuffer(4)),
})

it('tells every waiting and later caller when a thread dies, with what to do', async () => {
  const pool = createWorkerPool(1, { train: source, validation: source }, { channels: 1, height: 1, width: 1 })
  const good = request()
  await pool.fill(good)
  expect([good.images[0], good.labels[0]]).toEqual([9, 3])
  const broken = { ...request(), indices: null } as unknown as FillRequest
  const outcomes = await Promise.allSettled([pool.fill(broken), pool.fill(request())])
  for (const outcome of outcomes)
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'INTERNAL', message: expect.stringContaining('Resume the run') } })
  await expect(pool.fill(request())).rejects.toMatchObject({ code: 'INTERNAL' })
  await pool.close()
})
