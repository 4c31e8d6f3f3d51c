import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { loaderWorkerFile } from './loader-worker-file'

it('finds the worker beside an entry and from a chunk folder, and says when an installation lacks it', async () => {
  const out = await mkdtemp(join(tmpdir(), 'fracbits out '))
  await mkdir(join(out, 'chunks'))
  const entry = pathToFileURL(join(out, 'trainer.js')).href
  const chunk = pathToFileURL(join(out, 'chunks/open-dataset-abc.js')).href
  expect(() => loaderWorkerFile(entry)).toThrow(expect.objectContaining({ code: 'RUNTIME_MISSING' }))
  await writeFile(join(out, 'loader-worker.js'), '')
  expect(loaderWorkerFile(entry)).toBe(join(out, 'loader-worker.js'))
  expect(loaderWorkerFile(chunk)).toBe(join(out, 'loader-worker.js'))
  await rm(out, { recursive: true })
})
