import { expect, it } from 'vitest'
import { createRunQueue } from './queue'

it('runs that run elsewhere take no place, and wait for nobody but a queue that is paused', () => {
  const started: string[] = []
  const queue = createRunQueue(
    1,
    (runId) => {
      started.push(runId)
      return new Promise(() => undefined)
    },
    (runId) => runId.startsWith('job'),
  )
  queue.add('here-1')
  queue.add('here-2')
  queue.add('job-1')
  queue.add('job-2')
  expect(started).toEqual(['here-1', 'job-1', 'job-2'])
  queue.setPaused(true)
  queue.add('job-3')
  expect(queue.waiting()).toEqual(['here-2', 'job-3'])
  queue.setPaused(false)
  expect(started).toEqual(['here-1', 'job-1', 'job-2', 'job-3'])
})
