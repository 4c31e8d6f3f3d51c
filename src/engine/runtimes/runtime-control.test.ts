import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RuntimePack } from '../../contract/runtimes'
import { silentLogger } from '../../util/logger'
import { makeTempDir } from '../../util/temp-dir'
import type { RuntimeManifest } from './catalogue'
import { createRuntimeControl, type RuntimeControl } from './runtime-control'
import { makeWheel, manifestOf, serveWheels, type WheelIndex } from './testing/wheel-index'

const TENSORFLOW = 'tensorflow-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl'
const CUDA = 'nvidia_cuda_runtime_cu12-12.9.79-py3-none-any.whl'
const LIBRARY = 'tensorflow/libtensorflow_cc.so.2'
const CUDART = 'nvidia/cuda_runtime/lib/libcudart.so.12'

let temp: ReturnType<typeof makeTempDir>
let index: WheelIndex
let control: RuntimeControl
let files: Map<string, Buffer>
let gpu: RuntimeManifest

const folder = (): string => join(temp.path, 'runtimes')
const pin = (manifest: RuntimeManifest): void => writeFileSync(join(temp.path, 'configs/runtimes', `${manifest.name}.json`), JSON.stringify(manifest))
const open = (): RuntimeControl => createRuntimeControl({ folder: folder(), configsDir: join(temp.path, 'configs'), appVersion: '1.2.3', logger: silentLogger })

beforeEach(async () => {
  temp = makeTempDir()
  mkdirSync(join(temp.path, 'configs/runtimes'), { recursive: true })
  const tensorflow = await makeWheel(TENSORFLOW, { [LIBRARY]: 'L'.repeat(300_000), 'tensorflow/python/__init__.py': 'not needed' }, [LIBRARY])
  const cuda = await makeWheel(CUDA, { [CUDART]: 'C'.repeat(50_000), 'nvidia/cuda_nvcc/bin/ptxas': 'run' }, [CUDART, 'nvidia/cuda_nvcc/bin/ptxas'])
  files = new Map([
    [TENSORFLOW, tensorflow.bytes],
    [CUDA, cuda.bytes],
  ])
  gpu = manifestOf('gpu-2.21.0', 'gpu', [tensorflow.wheel, cuda.wheel])
  pin(gpu)
  pin(manifestOf('cpu-2.20.0', 'cpu', [tensorflow.wheel]))
  index = await serveWheels(files)
  control = open()
})
afterEach(async () => {
  await control.close()
  await index.close()
  temp.remove()
})

/** The runtime once nothing is being installed. */
async function settled(name: string, by: RuntimeControl = control): Promise<RuntimePack> {
  for await (const [state] of by.feed.subscribe(AbortSignal.timeout(20_000))) {
    const pack = state?.runtimes.find((one) => one.name === name)
    if (pack !== undefined && pack.status !== 'installing') return pack
  }
  throw new Error('it is still being installed')
}

/** The runtime as soon as it says that so many bytes are there. */
async function fetched(name: string, bytes: number): Promise<void> {
  for await (const [state] of control.feed.subscribe(AbortSignal.timeout(20_000))) {
    if ((state?.runtimes.find((one) => one.name === name)?.progress?.done ?? 0) >= bytes) return
  }
}

async function install(name: string): Promise<RuntimePack> {
  return settled(await control.install(name, index.url))
}

describe('installing a runtime', () => {
  it('unpacks the named files and nothing else, once their wheels have the pinned sha256', async () => {
    expect((await control.list()).map(({ name, status }) => [name, status])).toEqual([
      ['built-in', 'built-in'],
      ['cpu-2.20.0', 'available'],
      ['gpu-2.21.0', 'available'],
    ])
    const pack = await install('gpu')
    expect(pack).toMatchObject({ name: 'gpu-2.21.0', status: 'installed', problem: null, progress: null, folder: join(folder(), 'gpu-2.21.0') })
    expect(readFileSync(join(folder(), 'gpu-2.21.0', LIBRARY), 'utf8')).toBe('L'.repeat(300_000))
    expect(readdirSync(join(folder(), 'gpu-2.21.0/tensorflow'))).toEqual(['libtensorflow_cc.so.2'])
    expect(statSync(join(folder(), 'gpu-2.21.0/nvidia/cuda_nvcc/bin/ptxas')).mode & 0o111).toBe(0o111)
    expect(readdirSync(folder())).toEqual(['gpu-2.21.0'])
    expect(await control.find('gpu')).toEqual({
      name: 'gpu-2.21.0',
      kind: 'gpu',
      folder: join(folder(), 'gpu-2.21.0'),
      libraries: [join(folder(), 'gpu-2.21.0/tensorflow'), join(folder(), 'gpu-2.21.0/nvidia/cuda_runtime/lib')],
      needs: { driver: '525.60.13', capability: '6.0' },
    })
  })

  it('reads an index of plain pages too', async () => {
    const pages = await serveWheels(files, 'html')
    await control.install('cpu-2.20.0', pages.url)
    expect(await settled('cpu-2.20.0')).toMatchObject({ status: 'installed' })
    await pages.close()
  })

  it('goes on where a download broke off, by itself', async () => {
    index.breakAfter = 100_000
    expect(await install('gpu-2.21.0')).toMatchObject({ status: 'installed' })
    const [first, second] = index.asked
    expect(first).toEqual({ file: TENSORFLOW, range: null })
    expect(second?.file).toBe(TENSORFLOW)
    expect(second?.range).toMatch(/^bytes=\d+-$/)
    expect(Number(second?.range?.replaceAll(/\D/g, ''))).toBeGreaterThan(0)
  })

  it('keeps what was fetched when it is cancelled, and another engine goes on from there', async () => {
    index.hold = new Promise(() => undefined)
    await control.install('gpu', index.url)
    await fetched('gpu-2.21.0', 100_000)
    await control.cancel('gpu-2.21.0')
    const stopped = await settled('gpu-2.21.0')
    expect(stopped).toMatchObject({ status: 'unfinished', problem: null })
    expect(stopped.fetchedBytes).toBeGreaterThan(0)
    expect(await control.find('gpu').catch((error: unknown) => error)).toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('runtime install gpu') as unknown })
    // What is not to be had is not offered.
    expect(await control.find('gpu-9').catch((error: unknown) => String(error))).toMatch(/(?=.*"gpu-9" is not installed)(?=.*runtime list)(?!.*runtime install)/)

    index.hold = null
    index.asked.length = 0
    const later = open()
    await later.install('gpu', index.url)
    expect(await settled('gpu-2.21.0', later)).toMatchObject({ status: 'installed' })
    expect(index.asked[0]).toEqual({ file: TENSORFLOW, range: `bytes=${stopped.fetchedBytes}-` })
    await later.close()
  })

  it('throws away a file with another sha256 and installs nothing', async () => {
    index.forged.add(CUDA)
    const pack = await install('gpu')
    expect(pack).toMatchObject({ status: 'unfinished', folder: null })
    expect(pack.problem).toContain(`${CUDA} that was offered is not the pinned one`)
    expect(readdirSync(join(folder(), 'gpu-2.21.0.part')).filter((name) => name.includes('nvidia'))).toEqual([])
    index.forged.clear()
    expect(await install('gpu')).toMatchObject({ status: 'installed', problem: null })
    // The first wheel was unpacked already.
    expect(index.asked.filter(({ file }) => file === TENSORFLOW)).toHaveLength(1)
  })

  it('says in a sentence that an index has no such file, or can not be reached', async () => {
    files.delete(CUDA)
    expect((await install('gpu')).problem).toMatch(/^The package index 127\.0\.0\.1:\d+ does not give out nvidia-cuda-runtime-cu12 \(it answered 404\)\./)
    const gone = await serveWheels(new Map())
    await gone.close()
    await control.install('cpu-2.20.0', gone.url)
    expect((await settled('cpu-2.20.0')).problem).toMatch(/could not be asked for tensorflow \(.+\)\. What was fetched is kept/)
  })

  it('is refused while another one is under way, here or in another engine', async () => {
    index.hold = new Promise(() => undefined)
    await control.install('gpu', index.url)
    await expect(control.install('cpu-2.20.0', index.url)).rejects.toMatchObject({ code: 'CONFLICT' })
    const other = open()
    await expect(other.install('cpu-2.20.0', index.url)).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining(`process ${process.pid}`) as unknown })
    await expect(control.install('gpu-9', index.url)).rejects.toMatchObject({ code: 'CONFLICT' })
    await control.close()
    await expect(other.install('gpu-9', index.url)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('runtimes side by side', () => {
  it('each have a folder, are found by name, and are removed one by one', async () => {
    await install('gpu')
    await install('cpu-2.20.0')
    expect((await control.list()).map(({ name, status }) => [name, status])).toEqual([
      ['built-in', 'built-in'],
      ['cpu-2.20.0', 'installed'],
      ['gpu-2.21.0', 'installed'],
    ])
    expect(await control.find('cpu-2.20.0')).toMatchObject({ kind: 'cpu', needs: null })
    await expect(control.install('gpu', index.url)).rejects.toMatchObject({ code: 'CONFLICT' })
    await control.remove('gpu-2.21.0')
    expect(readdirSync(folder())).toEqual(['cpu-2.20.0'])
    await expect(control.remove('gpu-2.21.0')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(control.find('gpu')).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('Installed are cpu-2.20.0.') as unknown })
    expect(await control.find(undefined)).toBeNull()
  })

  it('remain when a later program pins others, and a kind means the newest of it', async () => {
    await install('gpu')
    const newer = { ...gpu, name: 'gpu-2.100.0' }
    pin(newer)
    await install('gpu')
    expect(await control.find('gpu')).toMatchObject({ name: 'gpu-2.100.0' })
    expect(await control.find('gpu-2.21.0')).toMatchObject({ name: 'gpu-2.21.0' })
  })
})
