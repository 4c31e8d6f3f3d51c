import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { makeTempDir } from '../../util/temp-dir'
import { readCatalogue, RuntimeManifest } from './catalogue'
import { indexAddress } from './index-address'

const SHIPPED = join(import.meta.dirname, '../../../configs')

it('the shipped runtimes pin every wheel by name, size and sha256', async () => {
  const [gpu] = await readCatalogue(SHIPPED, 'linux-x64')
  expect(gpu).toMatchObject({ name: 'gpu-2.21.0', kind: 'gpu', tensorflow: '2.21.0' })
  expect(gpu?.wheels.map(({ project }) => project)).toEqual(expect.arrayContaining(['tensorflow', 'nvidia-cudnn-cu12', 'nvidia-cublas-cu12', 'nvidia-nccl-cu12']))
  expect(new Set(gpu?.wheels.map(({ sha256 }) => sha256)).size).toBe(gpu?.wheels.length)
  expect(await readCatalogue(SHIPPED, 'win32-x64')).toEqual([])
})

it('a pinned file can name nothing outside of its runtime', () => {
  const wheel = { project: 'x', file: 'x-1.whl', bytes: 1, sha256: 'a'.repeat(64) }
  const manifest = { name: 'x', title: '', description: '', kind: 'cpu', tensorflow: '1', platform: 'p', unpacked_bytes: 1 }
  const accepts = (take: string): boolean => RuntimeManifest.safeParse({ ...manifest, wheels: [{ ...wheel, take: [take] }] }).success
  expect(['tensorflow/lib.so.2', 'a/b-1.0.dist-info/License.txt'].map(accepts)).toEqual([true, true])
  expect(['../x', 'a/../../x', '/etc/x', 'a//b', 'a/./b', 'a\\..\\x', '..', ''].map(accepts)).toEqual(Array(8).fill(false))
})

it('the package index is the given one, else that of the environment, else the one that pip uses', async () => {
  const temp = makeTempDir()
  const bin = join(temp.path, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'python3'), '#!/bin/sh\necho http://pip.test/simple\n', { mode: 0o755 })
  const env = { PATH: bin }
  expect(await indexAddress('https://given.test/simple', { ...env, FRACBITS_INDEX_URL: 'https://other.test' })).toEqual({ url: 'https://given.test/simple/', authorization: null })
  expect((await indexAddress(null, { ...env, FRACBITS_INDEX_URL: 'https://ours.test/x/', PIP_INDEX_URL: 'https://pips.test' })).url).toBe('https://ours.test/x/')
  expect((await indexAddress(null, { ...env, PIP_INDEX_URL: 'https://pips.test' })).url).toBe('https://pips.test/')
  expect((await indexAddress(null, env)).url).toBe('http://pip.test/simple/')
  expect(await indexAddress('https://ada:pass%20word@given.test/simple', {})).toEqual({
    url: 'https://given.test/simple/',
    authorization: `Basic ${Buffer.from('ada:pass word').toString('base64')}`,
  })
  await expect(indexAddress(null, { PATH: join(temp.path, 'nothing') })).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('--index-url') as unknown })
  await expect(indexAddress('file:///wheels', {})).rejects.toMatchObject({ code: 'BAD_INPUT' })
  temp.remove()
})
