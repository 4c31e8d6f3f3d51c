import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SlurmRecord } from '../contract/slurm'
import { StudioError } from '../contract/errors'
import type { TrainerHandle } from '../contract/trainer-channel'
import type { TrainerEvent } from '../contract/trainer-messages'
import { silentLogger } from '../util/logger'
import { makeTempDir } from '../util/temp-dir'
import { createJobHandle } from './job-handle'
import { createJobWatch, type JobWatch } from './job-watch'
import type { JobState, SlurmCommands } from './slurm-commands'
import { type JobFiles, jobFiles, type SpoolEntry } from './spool-entry'

const log = (message: string): TrainerEvent => ({ type: 'log', time: 1, level: 'info', message })
const said = (message: string): SpoolEntry => ({ kind: 'event', at: 5, event: log(message) })
const life = (restarts: number, step: number | null): SpoolEntry => ({
  ...{ kind: 'life', at: 9, id: String(restarts), node: `n${String(restarts)}`, restarts },
  resumed: restarts === 0 ? null : { step, phase: 'fp32-training' },
})

/** A cluster that says what the test has it say. */
class Cluster implements SlurmCommands {
  state: JobState | null | StudioError = { state: 'RUNNING', reason: null, node: 'n0' }
  readonly cancelled: string[] = []
  submit = (): Promise<string> => Promise.resolve('7')
  states = (): Promise<Map<string, JobState>> =>
    this.state instanceof StudioError ? Promise.reject(this.state) : Promise.resolve(new Map(this.state === null ? [] : [['7', this.state]]))
  named = (): Promise<string[]> => Promise.resolve(['7'])
  accounted = (): Promise<JobState | null> => Promise.resolve(null)
  cancel = (jobId: string): Promise<void> => Promise.resolve(void this.cancelled.push(jobId))
  version = (): Promise<string> => Promise.resolve('1')
  partitions = (): Promise<[]> => Promise.resolve([])
}

let temp: ReturnType<typeof makeTempDir>
let cluster: Cluster
let watch: JobWatch
let files: JobFiles
let handle: TrainerHandle
let heard: TrainerEvent[]
const record: SlurmRecord = { submission: 1, job: { jobId: '7', state: 'RUNNING', reason: null, node: 'n0', restarts: 0 }, offset: 0, at: 1 }
const write = (...entries: readonly SpoolEntry[]): void => appendFileSync(files.events, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''))

function attach(from: SlurmRecord = record): void {
  heard = []
  handle = createJobHandle({ commands: cluster, watch, logger: silentLogger, readEveryMs: 5 }, { id: 'r1', folder: temp.path }, from, () => Promise.resolve('7'))
  handle.onEvent((event) => void heard.push(event))
}
/** Resolves with the next change of what the cluster side knows. */
const silence = (): Promise<string | null> => new Promise((resolve) => handle.cluster?.onSilence(resolve))

beforeEach(() => {
  temp = makeTempDir()
  cluster = new Cluster()
  watch = createJobWatch(cluster, 5, silentLogger)
  files = jobFiles(temp.path, 1)
  mkdirSync(files.folder, { recursive: true })
})
afterEach(async () => {
  await handle.cluster?.detach()
  temp.remove()
})

describe('a job as the trainer of a run', () => {
  it('is heard from the byte on that is recorded, whichever engine recorded it', async () => {
    write(life(0, null), said('one'), said('two'))
    attach()
    await handle.cluster?.caughtUp
    expect(heard).toEqual([log('one'), log('two')])
    const recorded = handle.cluster?.record() ?? record
    await handle.cluster?.detach()

    write(said('three'))
    attach(recorded)
    await handle.cluster?.caughtUp
    expect(heard).toEqual([log('three')])
  })

  it('that Slurm started again says from where it goes on; a line that its dead process did not finish is left out', async () => {
    write(life(0, null), said('one'))
    appendFileSync(files.events, '{"kind":"event","at":6,"ev\n')
    write(life(1, 40), said('again'))
    attach()
    await handle.cluster?.caughtUp
    expect(heard).toEqual([log('one'), { type: 'resumed', step: 40, phase: 'fp32-training' }, log('again')])
    expect(handle.cluster?.job).toMatchObject({ node: 'n0', restarts: 1 })
  })

  it('is not over because Slurm does not answer, and that is said', async () => {
    write(life(0, null))
    cluster.state = new StudioError('CONFLICT', 'Unable to contact slurm controller')
    attach()
    expect(await silence()).toBe('Slurm does not answer (Unable to contact slurm controller); the job is taken to be as it was.')
    const answers = silence()
    cluster.state = { state: 'RUNNING', reason: null, node: 'n0' }
    expect(await answers).toBeNull()
  })

  it('is over when it says its last word, whatever Slurm still says', async () => {
    write(life(0, null), { kind: 'event', at: 8, event: { type: 'ended', outcome: 'finished', error: null } })
    attach()
    expect(await handle.exited).toMatchObject({ code: 0 })
    expect(handle.cluster?.job.state).toBe('ENDED')
  })

  it('whose process crashed is over with its signal; one that ran out of memory with what Slurm says', async () => {
    write(life(0, null), { kind: 'exit', at: 8, code: null, signal: 'SIGSEGV', tail: 'boom', hangs: false })
    cluster.state = { state: 'FAILED', reason: 'NonZeroExitCode', node: 'n0' }
    attach()
    const exit = await handle.exited
    expect(exit).toEqual({ code: null, signal: 'SIGSEGV', tail: 'boom' })

    cluster.state = { state: 'OUT_OF_MEMORY', reason: null, node: 'n0' }
    attach()
    expect((await handle.exited).said).toMatchObject({ status: 'interrupted', reason: expect.stringContaining('more memory') as string })
  })

  it('that neither Slurm nor the job says anything of any more is interrupted, and what it printed is kept', async () => {
    write(life(0, null))
    writeFileSync(files.output, 'last words')
    cluster.state = null
    attach()
    expect(await handle.exited).toMatchObject({ tail: 'last words', said: { status: 'interrupted', reason: expect.stringContaining('does not know its job 7 any more') as string } })
  })

  it('that was stopped at once was stopped, also for an engine that did not do it', async () => {
    write(life(0, null))
    attach()
    await handle.cluster?.caughtUp
    handle.kill()
    await handle.cluster?.detach()
    expect(cluster.cancelled).toEqual(['7', '7'])

    cluster.state = { state: 'CANCELLED', reason: null, node: 'n0' }
    attach()
    expect((await handle.exited).said).toMatchObject({ status: 'stopped', reason: expect.stringMatching(/^Stopped at once; /) as string })
  })

  it('that waits is cancelled by a stop, which another engine learns, too', async () => {
    cluster.state = { state: 'PENDING', reason: 'Resources', node: null }
    const waiting: SlurmRecord = { ...record, job: { ...record.job, state: 'PENDING' } }
    attach(waiting)
    await handle.cluster?.caughtUp
    handle.send({ type: 'stop' })
    await handle.cluster?.detach()
    expect(cluster.cancelled).toEqual(['7'])

    cluster.state = { state: 'CANCELLED', reason: null, node: null }
    attach(waiting)
    expect(await handle.exited).toMatchObject({ said: { status: 'stopped', reason: 'Stopped before it began.' } })
  })
})
