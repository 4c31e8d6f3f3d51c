import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, deflateRawSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { findByDigest } from './checksum.mjs'
import { download } from './download.mjs'
import { preparePythonPackages, pythonPackagesFolder } from './python-packages.mjs'
import { createToolRunner } from './run-tool.mjs'
import { lockSetup } from './setup-lock.mjs'
import { fillFolder, runStep } from './step.mjs'
import { unzip } from './unzip.mjs'

let folder
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'fracbits-setup-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('a step', () => {
  const stepWith = (inputs, made) =>
    runStep({
      stampFile: join(folder, 'stamp'),
      inputs,
      exists: () => existsSync(join(folder, 'product')),
      make: () => (made(), writeFileSync(join(folder, 'product'), '')),
    })

  it('runs once for the same inputs and again for others', async () => {
    let runs = 0
    for (const inputs of ['a', 'a', 'b']) await stepWith(inputs, () => runs++)
    expect(runs).toBe(2)
  })

  it('runs again when its product is gone, or when it failed before', async () => {
    let runs = 0
    await expect(
      stepWith('a', () => {
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    await stepWith('a', () => runs++)
    rmSync(join(folder, 'product'))
    await stepWith('a', () => runs++)
    expect(runs).toBe(2)
  })

  it('takes over a sound product that other means made', async () => {
    writeFileSync(join(folder, 'product'), '')
    const make = () => expect.unreachable()
    expect(await runStep({ stampFile: join(folder, 'stamp'), inputs: 1, exists: () => true, adopt: () => true, make })).toBe('found')
  })

  it('leaves the old folder as it was when filling a new one fails', async () => {
    const target = join(folder, 'target')
    mkdirSync(target)
    writeFileSync(join(target, 'old'), '')
    await expect(fillFolder(target, () => Promise.reject(new Error('full')))).rejects.toThrow('full')
    expect(existsSync(join(target, 'old'))).toBe(true)
  })
})

describe('the lock', () => {
  it('takes over from a process that is gone', async () => {
    writeFileSync(join(folder, 'setup.lock'), '999999999')
    const release = await lockSetup(folder, () => expect.unreachable())
    expect(readFileSync(join(folder, 'setup.lock'), 'utf8')).toBe(String(process.pid))
    release()
    expect(existsSync(join(folder, 'setup.lock'))).toBe(false)
  })

  it('says who holds it, and waits', async () => {
    const lock = join(folder, 'setup.lock')
    writeFileSync(lock, String(process.ppid))
    const said = []
    const release = await lockSetup(folder, (text) => (said.push(text), rmSync(lock)))
    release()
    expect(said).toEqual([expect.stringContaining(`process ${process.ppid}`)])
  })
})

describe('a download', () => {
  const content = Buffer.from('0123456789'.repeat(1000))
  const sha256 = createHash('sha256').update(content).digest('hex')
  let server, url, requests
  beforeEach(async () => {
    requests = []
    server = createServer((request, response) => {
      requests.push(request.headers.range)
      const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
      response.writeHead(from > 0 ? 206 : 200).end(content.subarray(from))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    url = `http://127.0.0.1:${server.address().port}/file`
  })
  afterEach(() => server.close())
  const get = (digest = sha256) => download(url, join(folder, 'file'), { algorithm: 'sha256', digest })

  it('continues what an interrupted one left, and is not repeated', async () => {
    writeFileSync(join(folder, 'file.part'), content.subarray(0, 4000))
    await get()
    await get()
    expect(readFileSync(join(folder, 'file'))).toEqual(content)
    expect(requests).toEqual(['bytes=4000-'])
  })

  it('is thrown away when its checksum is another', async () => {
    await expect(get('0'.repeat(64))).rejects.toThrow('another checksum')
    expect(existsSync(join(folder, 'file'))).toBe(false)
    expect(existsSync(join(folder, 'file.part'))).toBe(false)
  })

  it('is found by its checksum under any name', async () => {
    writeFileSync(join(folder, 'whatever.whl'), content)
    writeFileSync(join(folder, 'broken.whl'), content.subarray(1))
    expect(await findByDigest(folder, '.whl', sha256)).toBe(join(folder, 'whatever.whl'))
  })
})

describe('unzip', () => {
  it('unpacks stored and deflated files where they are wanted, with their modes', async () => {
    writeFileSync(
      join(folder, 'a.zip'),
      zipOf([
        ['top/run', 'x'.repeat(5000), true],
        ['top/plain', 'hello', false],
        ['top/left-out', '', false],
      ]),
    )
    await unzip(join(folder, 'a.zip'), join(folder, 'out'), (name) => (name.endsWith('left-out') ? undefined : name.slice('top/'.length)))
    expect(readFileSync(join(folder, 'out/run'), 'utf8')).toBe('x'.repeat(5000))
    expect(statSync(join(folder, 'out/run')).mode & 0o111).not.toBe(0)
    expect(readFileSync(join(folder, 'out/plain'), 'utf8')).toBe('hello')
    expect(existsSync(join(folder, 'out/left-out'))).toBe(false)
  })

  it('refuses to write outside its folder', async () => {
    writeFileSync(join(folder, 'a.zip'), zipOf([['../evil', 'x', false]]))
    await expect(unzip(join(folder, 'a.zip'), join(folder, 'out'), (name) => name)).rejects.toThrow('outside its folder')
    expect(existsSync(join(folder, 'evil'))).toBe(false)
  })

  it('refuses half an archive', async () => {
    writeFileSync(join(folder, 'a.zip'), zipOf([['a', 'x', false]]).subarray(0, 40))
    await expect(unzip(join(folder, 'a.zip'), folder, (name) => name)).rejects.toThrow('not a whole zip archive')
  })
})

describe('running tools', () => {
  it('names the step, the reason and the log when one fails', async () => {
    const log = join(folder, 'setup.log')
    const { must } = createToolRunner(log)
    await expect(must('Compiling', process.execPath, ['-e', 'console.error("no such header"); process.exit(4)'])).rejects.toThrow(
      /Compiling failed \(exit code 4\)[\s\S]*no such header/,
    )
    expect(readFileSync(log, 'utf8')).toContain('no such header')
  })

  it('starts nothing more after it was cancelled', async () => {
    const { attempt, cancel } = createToolRunner(join(folder, 'setup.log'))
    cancel()
    expect(await attempt(process.execPath, ['-e', ''])).toMatchObject({ code: -1, problem: 'cancelled' })
  })
})

/** A zip archive of [name, text, deflate] entries. */
function zipOf(entries) {
  const parts = []
  const directory = []
  let at = 0
  for (const [name, text, deflate] of entries) {
    const raw = Buffer.from(text)
    const data = deflate ? deflateRawSync(raw) : raw
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(deflate ? 8 : 0, 4)
    common.writeUInt32LE(crc32(raw), 10)
    common.writeUInt32LE(data.length, 14)
    common.writeUInt32LE(raw.length, 18)
    common.writeUInt16LE(name.length, 22)
    const header = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, Buffer.from(name), data])
    const place = Buffer.alloc(14)
    place.writeUInt32LE((0o100755 << 16) >>> 0, 6)
    place.writeUInt32LE(at, 10)
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x03', 'latin1'), common, place, Buffer.from(name)]))
    parts.push(header)
    at += header.length
  }
  const list = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 0, 'latin1')
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(list.length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...parts, list, end])
}

describe.skipIf(process.platform === 'win32')('Python packages for tests', () => {
  afterEach(() => vi.unstubAllEnvs())

  /** A Python of which pip installs by `install`, a line of shell with the folder in $target. */
  const withPython = (install, version = '3.99') => {
    const python = join(folder, 'python3')
    writeFileSync(
      python,
      `#!/bin/sh\ncase "$*" in\n*version_info\\[*) echo ${version};;\n*install*) while [ "$1" != --target ]; do shift; done; target=$2; echo "$*" >> '${join(folder, 'asked')}'; ${install};;\nesac\n`,
    )
    chmodSync(python, 0o755)
    vi.stubEnv('PATH', `${folder}:${process.env.PATH}`)
    vi.stubEnv('FRACBITS_PYTHON', '')
  }
  const prepare = async () => {
    const warnings = []
    const tools = createToolRunner(join(folder, 'log'))
    const said = await preparePythonPackages({ cache: folder, tools, forTests: true, warn: (text) => warnings.push(text) })
    return { said, warnings }
  }

  it('are installed once, in exact versions, in a folder of their own', async () => {
    withPython('touch "$target/numpy"')
    expect(await prepare()).toEqual({ said: expect.stringMatching(/^onnxruntime==[\d.]+ numpy==[\d.]+$/), warnings: [] })
    expect(await prepare()).toEqual({ said: undefined, warnings: [] })
    expect(existsSync(join(pythonPackagesFolder(folder), 'numpy'))).toBe(true)
    expect(readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n')).toHaveLength(1)
  })

  it('that are not published for this Python leave set-up to go on, with a warning, and are asked for again', async () => {
    withPython('echo "No matching distribution"; exit 1')
    const refused = { said: 'not to be had', warnings: [expect.stringContaining('Python 3.99')] }
    expect(await prepare()).toEqual(refused)
    expect(await prepare()).toEqual(refused)
    expect(existsSync(pythonPackagesFolder(folder))).toBe(false)
  })

  it('of another Python are not kept for one that does not get them', async () => {
    withPython('touch "$target/numpy"')
    await prepare()
    withPython('exit 1', '3.100')
    expect((await prepare()).said).toBe('not to be had')
    expect(existsSync(pythonPackagesFolder(folder))).toBe(false)
  })
})
