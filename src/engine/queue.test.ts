import { expect, it } from 'vitest'
import { createRunQueue } from './queue'

/** A queue whose runs end when they are told to; `blocked` is what stands in the way of a second one. */
function testQueue(blocked: { reason: string | null }, everyMs = 1_000_000) {
  const running = new Map<string, () => void>()
  const asked: string[] = []
  const queue = createRunQueue({
    start: (runId) =>
      new Promise((resolve) => {
        running.set(runId, () => {
          running.delete(runId)
          resolve()
        })
      }),
    obstacle: (runId, beside) => {
      asked.push(`${runId} beside ${beside.join()}`)
      return Promise.resolve(blocked.reason)
    },
    everyMs,
  })
  return { queue, running, asked, end: (runId: string) => running.get(runId)?.() }
}
const turn = () => new Promise((resolve) => setImmediate(resolve))

it('one run trains at a time unless more are allowed, and nobody asks about room then', async () => {
  const { queue, running, asked, end } = testQueue({ reason: null })
  for (const runId of ['a', 'b', 'c']) queue.add(runId)
  await turn()
  expect([[...running.keys()], queue.waiting(), asked]).toEqual([['a'], ['b', 'c'], []])
  end('a')
  await turn()
  expect([[...running.keys()], queue.waiting()]).toEqual([['b'], ['c']])
})

it('so many train at a time as are allowed, each asked whether it finds room beside those that train', async () => {
  const { queue, running, asked } = testQueue({ reason: null })
  queue.setAtOnce(3)
  for (const runId of ['a', 'b', 'c', 'd']) queue.add(runId)
  await turn()
  expect([[...running.keys()], queue.waiting(), asked]).toEqual([['a', 'b', 'c'], ['d'], ['b beside a', 'c beside a,b']])
  queue.setAtOnce(4)
  await turn()
  expect(queue.waiting()).toEqual([])
})

it('the one that finds no room waits, says why, is not overtaken, and starts when it is alone', async () => {
  const blocked: { reason: string | null } = { reason: 'too large' }
  const { queue, running, asked, end } = testQueue(blocked)
  queue.setAtOnce(2)
  for (const runId of ['a', 'b', 'c']) queue.add(runId)
  await turn()
  expect([[...running.keys()], queue.waiting(), queue.waitsFor]).toEqual([['a'], ['b', 'c'], 'too large'])
  end('a')
  await turn()
  expect([[...running.keys()], queue.waitsFor]).toEqual([['b'], 'too large'])
  expect(asked).not.toContain('b beside ')
  queue.setPaused(true)
  expect(queue.waitsFor).toBeNull()
})

it('the one that found no room is asked about again, without anything having ended', async () => {
  const blocked: { reason: string | null } = { reason: 'too large' }
  const { queue, running } = testQueue(blocked, 1)
  queue.setAtOnce(2)
  queue.add('a')
  queue.add('b')
  await turn()
  expect([...running.keys()]).toEqual(['a'])
  blocked.reason = null
  await expect.poll(() => [...running.keys()], { timeout: 20_000 }).toEqual(['a', 'b'])
  queue.close()
})

it('an answer about one that is not the next any more does not start it', async () => {
  const { queue, running } = testQueue({ reason: null })
  queue.setAtOnce(2)
  queue.add('a')
  queue.add('b')
  queue.add('c')
  queue.move('c', 0)
  await turn()
  expect([[...running.keys()], queue.waiting()]).toEqual([['a', 'c'], ['b']])
})

it('runs that run elsewhere take no place, and wait for nobody but a queue that is paused', () => {
  const started: string[] = []
  const queue = createRunQueue({
    start(runId) {
      started.push(runId)
      return new Promise(() => undefined)
    },
    obstacle: () => Promise.resolve(null),
    everyMs: 1_000_000,
    isElsewhere: (runId) => runId.startsWith('job'),
  })
  for (const runId of ['here-1', 'here-2', 'job-1', 'job-2']) queue.add(runId)
  expect(started).toEqual(['here-1', 'job-1', 'job-2'])
  queue.setPaused(true)
  queue.add('job-3')
  expect(queue.waiting()).toEqual(['here-2', 'job-3'])
  queue.setPaused(false)
  expect(started).toEqual(['here-1', 'job-1', 'job-2', 'job-3'])
})
