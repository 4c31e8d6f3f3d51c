import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeWheel, manifestOf, serveWheels, type WheelIndex } from '../engine/runtimes/testing/wheel-index'
import { openTestWorkspace, type TestWorkspace } from '../engine/testing/test-workspace'
import { makeTempDir } from '../util/temp-dir'
import { callCli } from './testing/call-cli'

const FILE = 'tensorflow-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl'
let temp: ReturnType<typeof makeTempDir>
let at: TestWorkspace
let index: WheelIndex

beforeEach(async () => {
  temp = makeTempDir()
  const { bytes, wheel } = await makeWheel(FILE, { 'tensorflow/libtensorflow_cc.so.2': 'library' }, ['tensorflow/libtensorflow_cc.so.2'])
  index = await serveWheels(new Map([[FILE, bytes]]))
  mkdirSync(join(temp.path, 'configs/runtimes'), { recursive: true })
  writeFileSync(join(temp.path, 'configs/runtimes/gpu-2.21.0.json'), JSON.stringify(manifestOf('gpu-2.21.0', 'gpu', [wheel])))
  at = await openTestWorkspace({}, { runtimesDir: join(temp.path, 'runtimes'), configsDir: join(temp.path, 'configs') })
})
afterEach(async () => {
  await at.remove()
  await index.close()
  temp.remove()
})

const cli = (...words: string[]) =>
  callCli(at.folder, ['runtime', ...words], { client: at.client, mode: 'owner', workspace: at.folder, close: () => Promise.resolve() })

it('a runtime is listed, installed, tried and removed', async () => {
  expect((await cli('list')).out).toMatch(/^gpu-2\.21\.0 +GPU +available/m)
  const installed = await cli('install', 'gpu', '--index-url', index.url)
  expect(installed).toMatchObject({ code: 0, err: '' })
  expect(installed.out).toContain(`gpu-2.21.0 is installed in ${join(temp.path, 'runtimes/gpu-2.21.0')}.`)
  expect(installed.out).toMatch(/\[FAIL\] gpu-2\.21\.0: .+ \(libtensorflow none on CPU, 1 thread\)/)
  expect((await cli('list')).out).toMatch(/^gpu-2\.21\.0 +GPU +installed/m)
  expect(await cli('check', 'gpu')).toMatchObject({ code: 1 })
  expect(await cli('check', 'built-in')).toMatchObject({ code: 0, out: '[ok]   built-in: libtensorflow none on CPU, 1 thread\n' })
  expect(await cli('remove', 'gpu-2.21.0')).toMatchObject({ code: 0, out: 'gpu-2.21.0 is removed.\n' })
  expect(await cli('check', 'gpu')).toMatchObject({ code: 2 })
})

it('what is not the pinned file is no runtime, and the command says so', async () => {
  index.forged.add(FILE)
  const refused = await cli('install', 'gpu-2.21.0', '--index-url', index.url)
  expect(refused).toMatchObject({ code: 1, out: '' })
  expect(refused.err).toContain(`The ${FILE} that was offered is not the pinned one`)
  expect(await cli('install', 'gpu-3', '--index-url', index.url)).toMatchObject({ code: 2 })
})

it('each step is an object a line with --json', async () => {
  const { out } = await cli('install', 'gpu', '--index-url', index.url, '--json')
  const types = out.trim().split('\n').map((line) => (JSON.parse(line) as { type: string }).type)
  expect(types.filter((type) => type !== 'progress')).toEqual(['runtime', 'finding'])
})
