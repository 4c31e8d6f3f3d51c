import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { copyFile, mkdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sha256OfFile } from '../../util/file-hash'
import { CONFIG_TEXT, openTestWorkspace, type TestWorkspace } from '../testing/test-workspace'
import { BUNDLE_VERSION, MANIFEST } from './bundle-format'
import { claimSizes, flipBit, forge, manifestIn, type Packed, renameIn, writeArchive } from './testing/change-bundle'

/** Where runs were trained: one finished with everything that a run can leave, one stopped. */
let home: TestWorkspace
let finished: string
let stopped: string
let bundle: string
const PREDICTIONS = JSON.stringify({ classNames: ['a', 'b'], names: ['x', 'y'], predicted: [0, 1], confidence: [0.5, 0.75], margin: [0, 0.5] })

beforeAll(async () => {
  home = await openTestWorkspace({ steps: 30, checkpointEvery: 10 })
  finished = await home.create()
  await home.until(finished, 'finished')
  await home.client.call('runs.annotate', { runIds: [finished], change: { name: 'the best', notes: 'keep', addTags: ['paper'], starred: true } })
  const folder = join(home.folder, 'runs', finished)
  await writeFile(join(folder, 'predictions-fp32.json'), PREDICTIONS)
  await writeFile(join(folder, 'excluded-images.json'), '["val/ant/0.jpg"]')
  home.host.script = { holdAt: 5, checkpointEvery: 2 }
  stopped = await home.create()
  await home.until(stopped, 'running', 5)
  await home.client.call('runs.stop', { runId: stopped, mode: 'after-step' })
  await home.until(stopped, 'stopped')
  bundle = join(home.dataDir, 'runs.zip')
  await home.client.call('runs.exportBundle', {
    runIds: [finished, stopped],
    file: bundle,
    checkpoints: 'all',
    comparison: { name: 'both', state: { runIds: [finished, stopped] } },
  })
})
afterAll(() => home.remove())

describe('in another workspace', () => {
  let there: TestWorkspace
  let changed: string
  beforeEach(async () => {
    there = await openTestWorkspace()
    changed = join(there.dataDir, 'changed.zip')
    return () => there.remove()
  })
  const bringIn = (file: string) => there.client.call('runs.importBundle', { file })
  const expectNothing = async (): Promise<void> => {
    expect((await there.client.call('runs.list', {})).runs).toEqual([])
    expect(existsSync(join(there.folder, 'runs')) ? readdirSync(join(there.folder, 'runs')) : []).toEqual([])
    expect((await there.client.call('views.list', { kind: 'comparison' })).views).toEqual([])
  }

  it('a bundle tells what it holds before anything is imported, and which runs are here already', async () => {
    const contents = await there.client.call('runs.bundleContents', { file: bundle })
    const runs = [
      { id: finished, name: 'the best' },
      { id: stopped, name: 'small' },
    ]
    expect(contents).toMatchObject({ runs: runs.map((run) => ({ ...run, isHere: false })), checkpoints: 6, comparison: 'both' })
    expect(contents.sizeBytes).toBe((await readFile(bundle)).length)
    await expectNothing()
    await bringIn(bundle)
    expect((await there.client.call('runs.bundleContents', { file: bundle })).runs.map(({ isHere }) => isHere)).toEqual([true, true])
    await writeArchive(changed, [['holiday.jpg', { bytes: Buffer.from('x') }]])
    await expect(there.client.call('runs.bundleContents', { file: changed })).rejects.toMatchObject({ code: 'DATA_CORRUPT' })
    await expect(there.client.call('runs.bundleContents', { file: 'runs.zip' })).rejects.toMatchObject({ code: 'BAD_INPUT' })
  })

  it('a bundle brings runs as they were, with all they recorded', async () => {
    const events = there.events(null)
    expect(await bringIn(bundle)).toEqual({
      runs: [
        { id: finished, name: 'the best' },
        { id: stopped, name: 'small' },
      ],
      checkpoints: 6,
      comparison: 'both',
    })
    for (const runId of [finished, stopped]) {
      const [before, after] = await Promise.all([home, there].map(({ client }) => client.call('runs.get', { runId })))
      const folder = join(there.folder, 'runs', runId)
      const checkpoints = before?.checkpoints.map((one, index) => ({ ...one, id: after?.checkpoints[index]?.id }))
      expect(after).toEqual({ ...before, folder, dataDir: '', checkpoints, command: expect.stringMatching(/--data FOLDER$/) as unknown })
      const keys = await home.client.call('metrics.keys', { runId })
      expect(await there.client.call('metrics.keys', { runId })).toEqual(keys)
      expect(keys.keys).toContain('train/loss')
      const all = { runId, keys: keys.keys, maxPoints: 1000 }
      expect(await there.client.call('metrics.series', all)).toEqual(await home.client.call('metrics.series', all))
      expect(await there.client.call('widths.history', { runId })).toEqual(await home.client.call('widths.history', { runId }))
      const around = { runId, step: 3 }
      expect(await there.client.call('widths.gradients', around)).toEqual(await home.client.call('widths.gradients', around))
      expect(await there.client.call('runs.annotations', { runId })).toEqual(await home.client.call('runs.annotations', { runId }))
      const logs = await Promise.all([home, there].map(async ({ client }) => (await client.call('logs.page', { runId })).entries))
      expect(logs[1]?.slice(0, -1)).toEqual(logs[0])
      expect(logs[1]?.at(-1)?.message).toContain(home.dataDir)
      expect(await readFile(join(folder, 'config.json'), 'utf8')).toBe(CONFIG_TEXT)
      for (const { file, sha256 } of after?.checkpoints ?? []) expect(await sha256OfFile(join(folder, file))).toBe(sha256)
    }
    const folder = join(there.folder, 'runs', finished)
    expect(readdirSync(folder).sort()).toEqual(['checkpoints', 'config.json', 'excluded-images.json', 'predictions-fp32.json'])
    expect(readFileSync(join(folder, 'predictions-fp32.json'), 'utf8')).toBe(PREDICTIONS)
    expect((await there.client.call('views.list', { kind: 'comparison' })).views).toMatchObject([
      { name: 'both', state: { runIds: [finished, stopped] } },
    ])
    await events.stop()
    expect(events.all.filter(({ type }) => type === 'created').map(({ runId }) => runId)).toEqual([finished, stopped])
  })

  it('a run that came so can leave again, with every digit of curves and widths', async () => {
    await bringIn(bundle)
    const again = join(there.dataDir, 'again.zip')
    await there.client.call('runs.exportBundle', { runIds: [finished], file: again, checkpoints: 'last' })
    const hashes = async (file: string) =>
      new Map((await manifestIn(file)).files.map(({ name, sha256 }) => [name.split('/').slice(2).join('/'), sha256]))
    const [first, second] = [await hashes(bundle), await hashes(again)]
    for (const name of [
      'metrics.jsonl',
      'widths.jsonl',
      'gradients.jsonl',
      'config.json',
      'predictions-fp32.json',
      'excluded-images.json',
      'checkpoints/step-30.bin',
    ])
      expect(second.get(name), name).toBe((await manifestIn(bundle)).files.find((one) => one.name === `runs/${finished}/${name}`)?.sha256)
    expect(first.has('checkpoints/step-10.bin')).toBe(true)
    expect(second.has('checkpoints/step-10.bin')).toBe(false)
  })

  it('is refused the second time, and the runs stay as they are', async () => {
    await bringIn(bundle)
    await there.client.call('runs.annotate', { runIds: [finished], change: { name: 'mine' } })
    await expect(bringIn(bundle)).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringMatching(/^[^.]*"mine" [^.]*\.$/) as unknown })
    expect((await there.client.call('runs.get', { runId: finished })).name).toBe('mine')
    expect(readdirSync(join(there.folder, 'runs')).sort()).toEqual([finished, stopped].sort())
  })

  it('nothing is trained or evaluated without images, and what to do is said', async () => {
    await bringIn(bundle)
    const [checkpoint] = (await there.client.call('runs.get', { runId: stopped })).checkpoints
    const checkpointId = checkpoint?.id ?? 0
    const refused = { code: 'DATA_MISSING', message: expect.stringContaining('start a new run') as unknown }
    await expect(there.client.call('runs.resume', { runId: stopped })).rejects.toMatchObject(refused)
    await expect(there.client.call('runs.resume', { runId: stopped, checkpointId })).rejects.toMatchObject(refused)
    await expect(there.client.call('runs.branch', { runId: stopped, checkpointId })).rejects.toMatchObject(refused)
    await expect(there.client.call('runs.repeat', { runId: finished, count: 1 })).rejects.toMatchObject(refused)
    await expect(there.client.call('exports.create', { runId: finished, format: 'onnx' })).rejects.toMatchObject(refused)
    expect((await there.client.call('runs.get', { runId: stopped })).status).toBe('stopped')
    expect((await there.client.call('runs.list', {})).runs).toHaveLength(2)
    expect(await there.client.call('data.evaluationsOf', { runId: finished })).toEqual({ datasetId: null, kinds: ['fp32'] })
    expect(there.host.started).toEqual([])
  })

  it('told where its images are, a stopped run goes on from its checkpoint', async () => {
    await bringIn(bundle)
    const call = (folder: string) => there.client.call('runs.setImages', { runId: stopped, folder })
    await expect(call('relative')).rejects.toMatchObject({ code: 'BAD_INPUT' })
    await expect(call(join(there.dataDir, 'nowhere'))).rejects.toMatchObject({ code: 'DATA_MISSING' })
    await call(there.dataDir)
    there.host.script = { holdAt: 7, steps: 8 }
    await there.client.call('runs.resume', { runId: stopped })
    await there.until(stopped, 'running', 7)
    await expect(call(there.dataDir)).rejects.toMatchObject({ code: 'CONFLICT' })
    await there.client.call('runs.stop', { runId: stopped, mode: 'after-step' })
    await there.until(stopped, 'stopped')
    expect(there.host.started.at(-1)?.spec).toMatchObject({
      dataDir: there.dataDir,
      resumeFrom: { file: expect.stringContaining('step-5') as unknown },
    })
  })

  it.each([
    'run.json',
    'config.json',
    'metrics.jsonl',
    'widths.jsonl',
    'gradients.jsonl',
    'log.jsonl',
    'predictions-fp32.json',
    'excluded-images.json',
    'checkpoints/step-20.bin',
  ])('one bit that was changed in %s is noticed and named', async (path) => {
    const name = `runs/${finished}/${path}`
    await flipBit(bundle, changed, name)
    await expect(bringIn(changed)).rejects.toMatchObject({ code: 'DATA_CORRUPT', message: expect.stringContaining(name) as unknown })
    await expectNothing()
  })

  it('so is one in the manifest', async () => {
    await flipBit(bundle, changed, MANIFEST)
    await expect(bringIn(changed)).rejects.toMatchObject({ code: 'DATA_CORRUPT', message: expect.stringContaining(MANIFEST) as unknown })
    await expectNothing()
  })

  it('one that was cut off anywhere is no archive', async () => {
    const { length } = await readFile(bundle)
    for (const size of [0, 10, Math.floor(length / 2), length - 1]) {
      await copyFile(bundle, changed)
      await truncate(changed, size)
      await expect(bringIn(changed)).rejects.toMatchObject({ code: 'DATA_CORRUPT' })
    }
    await expectNothing()
  })

  it.each(['../', '/..', 'C:/', '..\\'])('names that lead out with %j are refused', async (out) => {
    const inside = `runs/${finished}/config.json`
    await renameIn(bundle, changed, inside, `${out}${'x'.repeat(inside.length - out.length)}`)
    await expect(bringIn(changed)).rejects.toMatchObject({ code: 'DATA_CORRUPT', message: expect.stringContaining('xxx') as unknown })
    await expectNothing()
    expect(readdirSync(join(there.folder, '..')).sort()).toEqual(['data', 'workspace'])
  })

  const run = (path: string): string => `runs/${finished}/${path}`
  const withRun = (files: Map<string, Packed>, change: (run: Record<string, unknown>) => object): void => {
    const text = String(files.get(run('run.json'))?.bytes)
    files.set(run('run.json'), { bytes: Buffer.from(JSON.stringify(change(JSON.parse(text) as Record<string, unknown>))) })
  }
  it.each<[string, RegExp, (files: Map<string, Packed>) => void]>([
    ['a link', /link/, (files) => files.set(run('checkpoints/step-10.bin'), { bytes: Buffer.from('/etc/passwd'), compress: false, mode: 0o120777 })],
    ['a file that no bundle has', /start\.sh/, (files) => files.set(run('start.sh'), { bytes: Buffer.from('rm') })],
    ['a bomb', /unpack to 17000000/, (files) => files.set(run('run.json'), { bytes: Buffer.alloc(17_000_000) })],
    [
      'a checkpoint that unpacks',
      /compressed/,
      (files) => files.set(run('checkpoints/step-10.bin'), { bytes: Buffer.alloc(1_000_000), compress: true }),
    ],
    ['an endless line', /line of more than/, (files) => files.set(run('metrics.jsonl'), { bytes: Buffer.alloc(17_000_000, ' ') })],
    ['a file of a run that it does not name', /belongs to no run/, (files) => files.set('runs/zzzzzzzzzz/config.json', { bytes: Buffer.from('{}') })],
    ['another run under this id', /another run/, (files) => withRun(files, (one) => ({ ...one, id: stopped }))],
    ['a run that claims to be alive', /status/, (files) => withRun(files, (one) => ({ ...one, status: 'running' }))],
    [
      'a checkpoint elsewhere',
      /checkpoint/,
      (files) =>
        withRun(files, (one) => ({
          ...one,
          checkpoints: [{ step: 1, phase: 'done', file: '../../x', sizeBytes: 1, sha256: 'a'.repeat(64), createdAt: 1 }],
        })),
    ],
    [
      'sections without end',
      /nests deeper/,
      (files) => withRun(files, (one) => ({ ...one, config: JSON.parse(`${'{"a":'.repeat(500)}1${'}'.repeat(500)}`) as object })),
    ],
    [
      'points that are none',
      /metrics\.jsonl/,
      (files) => files.set(run('metrics.jsonl'), { bytes: Buffer.from('{"key":"a","steps":[1],"values":[1e999]}\n') }),
    ],
    [
      'more steps than points',
      /metrics\.jsonl/,
      (files) => files.set(run('metrics.jsonl'), { bytes: Buffer.from('{"key":"a","steps":[1,2],"values":[1]}\n') }),
    ],
    ['widths without steps', /widths\.jsonl/, (files) => files.set(run('widths.jsonl'), { bytes: Buffer.from('{"steps":[],"widths":[[1]]}\n') })],
    ['a second run that is wrong', /widths\.jsonl/, (files) => files.set(`runs/${stopped}/widths.jsonl`, { bytes: Buffer.from('no') })],
    ['no log', /log\.jsonl is missing/, (files) => files.delete(run('log.jsonl'))],
  ])('%s is refused, and nothing is left', async (_, why, change) => {
    await forge(bundle, changed, change)
    await expect(bringIn(changed)).rejects.toMatchObject({ code: 'DATA_CORRUPT', message: expect.stringMatching(why) as unknown })
    await expectNothing()
  })

  it('one that lies about sizes is stopped while it unpacks', async () => {
    const name = run('metrics.jsonl')
    await forge(bundle, changed, (files) => files.set(name, { bytes: Buffer.alloc(3_000_000, ' ') }), { [name]: 1000 })
    await claimSizes(changed, name, { unpacked: 1000 })
    await expect(bringIn(changed)).rejects.toMatchObject({
      code: 'DATA_CORRUPT',
      message: expect.stringContaining(`${name} can't be unpacked`) as unknown,
    })
    await expectNothing()
  })

  it('one of the first format, which had no gradients of bit-widths, comes in without them', async () => {
    await forge(bundle, changed, (files) => files.forEach((_, name) => name.endsWith('gradients.jsonl') && files.delete(name)))
    await bringIn(changed)
    expect(await there.client.call('widths.gradients', { runId: finished, step: 3 })).toEqual({ gradients: null })
    expect((await there.client.call('widths.history', { runId: finished })).steps).toHaveLength(30)
  })

  it('files that share the bytes of an archive are refused', async () => {
    const { length } = await readFile(bundle)
    await copyFile(bundle, changed)
    await claimSizes(changed, run('checkpoints/step-10.bin'), { packed: length, unpacked: length })
    await expect(bringIn(changed)).rejects.toMatchObject({ code: 'DATA_CORRUPT', message: expect.stringContaining('over one another') as unknown })
    await expectNothing()
  })

  it('an archive of something else, and one of a newer program, are told apart', async () => {
    await writeArchive(changed, [['holiday.jpg', { bytes: Buffer.from('x') }]])
    await expect(bringIn(changed)).rejects.toMatchObject({ code: 'DATA_CORRUPT', message: expect.stringContaining('holiday.jpg') as unknown })
    const manifest = await manifestIn(bundle)
    await writeArchive(changed, [[MANIFEST, { bytes: Buffer.from(JSON.stringify({ ...manifest, version: BUNDLE_VERSION + 1 })) }]])
    await expect(bringIn(changed)).rejects.toMatchObject({ code: 'PROTOCOL_MISMATCH' })
    await expect(bringIn(join(there.dataDir, 'none.zip'))).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(bringIn(there.dataDir)).rejects.toMatchObject({ code: 'BAD_INPUT' })
    await expectNothing()
  })

  it('what an import that was killed has left goes with the next one', async () => {
    const left = join(there.folder, 'runs/.importing-0123456789ab')
    await mkdir(left, { recursive: true })
    await writeFile(join(left, 'part'), 'x')
    await bringIn(bundle)
    expect(readdirSync(join(there.folder, 'runs')).sort()).toEqual([finished, stopped].sort())
  })

  it('a folder of that name that is there already is not touched', async () => {
    const folder = join(there.folder, 'runs', finished)
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'mine.txt'), 'mine')
    await expect(bringIn(bundle)).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining(folder) as unknown })
    expect(readdirSync(folder)).toEqual(['mine.txt'])
    expect(readdirSync(join(there.folder, 'runs'))).toEqual([finished])
  })
})

describe('at home', () => {
  const target = (): string => join(home.dataDir, 'other.zip')

  it('a run in progress is not taken along', async () => {
    home.host.script = { holdAt: 2 }
    const runId = await home.create()
    await home.until(runId, 'running', 2)
    await expect(home.client.call('runs.exportBundle', { runIds: [finished, runId], file: target() })).rejects.toMatchObject({ code: 'CONFLICT' })
    await home.client.call('runs.stop', { runId, mode: 'now' })
    await home.until(runId, 'stopped')
    expect(existsSync(target())).toBe(false)
  })

  it('a checkpoint that is not what was written is not passed on', async () => {
    home.host.script = { steps: 4, checkpointEvery: 2 }
    const runId = await home.create()
    await home.until(runId, 'finished')
    await writeFile(join(home.folder, 'runs', runId, 'checkpoints/step-4.bin'), 'other')
    await expect(home.client.call('runs.exportBundle', { runIds: [runId], file: target(), checkpoints: 'all' })).rejects.toMatchObject({
      code: 'CHECKPOINT_CORRUPT',
      message: expect.stringContaining('step-4.bin') as unknown,
    })
    expect(readdirSync(home.dataDir)).toEqual(['runs.zip'])
    // The newest that is whole goes along instead.
    await home.client.call('runs.exportBundle', { runIds: [runId], file: target() })
    expect((await manifestIn(target())).files.map(({ name }) => name)).toContain(`runs/${runId}/checkpoints/step-2.bin`)
    await home.client.call('runs.exportBundle', { runIds: [runId], file: target(), checkpoints: 'none' })
    expect((await manifestIn(target())).files.filter(({ name }) => name.includes('checkpoints/'))).toEqual([])
  })
})
