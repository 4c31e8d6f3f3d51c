import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { openStore } from '../store/store'
import { makeTempDir } from '../util/temp-dir'
import { endpointOf } from './local-endpoint'
import { identityOf } from './process-facts'
import { openTestWorkspace, type TestWorkspace } from './testing/test-workspace'
import { acquireWorkspaceLock, LockInfo } from './workspace-lock'

let workspace: TestWorkspace | null = null
const temps: ReturnType<typeof makeTempDir>[] = []
const tempDir = (): string => {
  const temp = makeTempDir()
  temps.push(temp)
  return temp.path
}
afterEach(async () => {
  await workspace?.remove()
  workspace = null
  for (const temp of temps.splice(0)) temp.remove()
})

const lockOf = (folder: string): LockInfo => LockInfo.parse(JSON.parse(readFileSync(join(folder, 'engine.lock'), 'utf8')))
const holder = { endpoint: 'nowhere', token: 't', app: 'test' }

/** The pid of a process that has just ended. */
const deadPid = (): Promise<number> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, ['-e', ''])
    child.on('exit', () => resolve(child.pid ?? 0))
  })

describe('a workspace that is open already', () => {
  it('is attached to: the second sees and drives the runs of the first', async () => {
    workspace = await openTestWorkspace({ holdAt: 5 })
    const second = await workspace.open()
    expect([workspace.connection.mode, second.connection.mode]).toEqual(['owner', 'attached'])
    const runId = await workspace.create()
    await workspace.until(runId, 'running', 5, second.client)
    await second.client.call('runs.stop', { runId, mode: 'after-step' })
    await workspace.until(runId, 'stopped')
    const info = await second.client.call('app.info', {})
    expect(info).toMatchObject({ version: '1.2.3', workspace: workspace.folder, enginePid: process.pid })
  })

  it('is taken over when its owner closes', async () => {
    workspace = await openTestWorkspace()
    const second = await workspace.open()
    await workspace.connection.close()
    expect(typeof (await second.connection.closed)).toBe('string')
    expect(typeof (await second.client.closed)).toBe('string')
    expect((await workspace.open()).connection.mode).toBe('owner')
  })

  it('lets nobody in without the token, and no other account', async () => {
    workspace = await openTestWorkspace()
    const { endpoint } = lockOf(workspace.folder)
    if (process.platform !== 'win32') {
      expect(statSync(endpoint).mode & 0o777).toBe(0o600)
      expect(statSync(join(workspace.folder, 'engine.lock')).mode & 0o777).toBe(0o600)
    }
    for (const line of ['{"kind":"authenticate","token":"guess"}', '{"kind":"hello","protocol":1,"app":"x"}', 'nonsense']) {
      const answer = await new Promise<string>((resolve) => {
        let text = ''
        const socket = connect(endpoint, () => socket.write(`${line}\n`))
        socket.on('data', (chunk) => (text += String(chunk)))
        socket.on('close', () => resolve(text))
      })
      expect(answer).toBe('')
    }
  })

  it('serves from a short path when the folder has a long one', () => {
    const deep = join('/home/ada', 'x'.repeat(120))
    expect(Buffer.byteLength(endpointOf(deep, 'linux'))).toBeLessThan(104)
    expect(endpointOf('/w', 'linux')).toBe('/w/engine.sock')
    expect(endpointOf('C:\\w', 'win32')).toMatch(/^\\\\\.\\pipe\\fracbits-studio-[0-9a-f]{24}$/)
  })
})

describe('a workspace whose owner died', () => {
  it('is owned again, and runs that seemed alive are interrupted', async () => {
    const first = await openTestWorkspace()
    workspace = first
    const runId = await first.create()
    await first.until(runId, 'finished')
    await first.connection.close()
    const store = await openStore(join(first.folder, 'studio.db'))
    await store.transaction((t) => store.runs.update(t, runId, { status: 'running' }))
    await store.close()
    writeFileSync(join(first.folder, 'engine.lock'), JSON.stringify({ ...holder, pid: await deadPid(), host: hostname(), nonce: 'old' }))
    writeFileSync(join(first.folder, 'engine.sock'), 'left behind')
    const { connection, client } = await first.open()
    expect(connection.mode).toBe('owner')
    expect(await client.call('runs.get', { runId })).toMatchObject({
      status: 'interrupted',
      statusReason: expect.stringContaining('ended unexpectedly') as unknown,
    })
  })
})

describe('workspace lock', () => {
  it('goes to exactly one of many that find a stale one', async () => {
    const folder = tempDir()
    writeFileSync(join(folder, 'engine.lock'), JSON.stringify({ ...holder, pid: await deadPid(), host: hostname(), nonce: 'old' }))
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => acquireWorkspaceLock(folder, holder)))
    const locks = outcomes.flatMap((outcome) => ('lock' in outcome ? [outcome.lock] : []))
    expect(locks).toHaveLength(1)
    await locks[0]?.release()
    expect('lock' in (await acquireWorkspaceLock(folder, holder))).toBe(true)
  })

  it.skipIf(process.platform !== 'linux')(
    'of a process that is alive is never taken, whatever the clock says; that of a number used again is',
    async () => {
      const folder = tempDir()
      const file = join(folder, 'engine.lock')
      const asleep = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'])
      try {
        process.kill(asleep.pid ?? 0, 'SIGSTOP')
        const lock = { ...holder, pid: asleep.pid, host: hostname(), nonce: 'old', identity: identityOf(asleep.pid ?? 0) }
        writeFileSync(file, JSON.stringify(lock))
        const longAgo = new Date(Date.now() - 3_600_000)
        utimesSync(file, longAgo, longAgo)
        expect(await acquireWorkspaceLock(folder, holder)).toMatchObject({ heldBy: { pid: asleep.pid } })
        writeFileSync(file, JSON.stringify({ ...lock, identity: 'another start' }))
        expect('lock' in (await acquireWorkspaceLock(folder, holder))).toBe(true)
      } finally {
        asleep.kill('SIGKILL')
      }
    },
  )

  it('of another machine counts until its heartbeat is old', async () => {
    const folder = tempDir()
    const file = join(folder, 'engine.lock')
    writeFileSync(file, JSON.stringify({ ...holder, pid: 1, host: 'elsewhere', nonce: 'old' }))
    expect(await acquireWorkspaceLock(folder, holder)).toMatchObject({ heldBy: { host: 'elsewhere' } })
    utimesSync(file, new Date(Date.now() - 60_000), new Date(Date.now() - 60_000))
    expect('lock' in (await acquireWorkspaceLock(folder, holder))).toBe(true)
  })
})

describe('a workspace that can not be opened', () => {
  it('says which file is damaged, and leaves no lock behind', async () => {
    const first = await openTestWorkspace()
    workspace = first
    await first.connection.close()
    mkdirSync(first.folder, { recursive: true })
    rmSync(join(first.folder, 'backups'), { recursive: true })
    writeFileSync(join(first.folder, 'studio.db'), 'not a database at all, not a database at all, not a database')
    await expect(first.open()).rejects.toMatchObject({ code: 'DATABASE_CORRUPT', message: expect.stringContaining('studio.db') as unknown })
    expect('lock' in (await acquireWorkspaceLock(first.folder, holder))).toBe(true)
  })

  it('for a moment only, because its database is damaged, is opened with the newest copy and says so', async () => {
    const first = await openTestWorkspace()
    workspace = first
    await first.connection.close()
    writeFileSync(join(first.folder, 'studio.db'), 'not a database at all, not a database at all, not a database')
    const { client } = await first.open()
    const { notice } = await client.call('app.info', {})
    expect(notice).toContain('was damaged')
    const kept = /kept as (\S+)\.$/.exec(notice ?? '')?.[1] ?? ''
    expect(readFileSync(kept, 'utf8')).toContain('not a database')
  })
})
