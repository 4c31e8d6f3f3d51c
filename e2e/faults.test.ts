import { writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FaultRow, faultTable } from './faults/fault-table'
import { startCommand } from './faults/command'
import { killMigration, writeOldDatabase } from './faults/kill-migration'
import { type Kill, type Moment, trainThroughKills, type Victim } from './faults/kill-run'
import type { Accident } from './faults/accident'
import { damageDatabase } from './faults/damage-database'
import { fillDisk, forbidWriting, limitFiles, takeAway } from './faults/folder-accidents'
import { jumpClock, sleepAndWake, starveTrainer } from './faults/standstill'
import { crashTrainer, hangTrainer, runOutOfMemory } from './faults/trainer-deaths'
import { type Recorded, readRecorded, rowsApart } from './faults/recorded'
import { type SmallRun, writeSmallRun } from './faults/small-run'
import { bundleProcess } from './support/bundle-process'
import { freshWorkspace } from './support/places'

/** `npm run faults` asks for many more. */
const KILLS = Number(process.env.FRACBITS_FAULT_KILLS ?? 3)
const SEED = Number(process.env.FRACBITS_FAULT_SEED ?? Date.now() % 1_000_000)
const KILLS_PER_RUN = 6
/** Of each other accident. */
const TIMES = Math.max(1, Math.round(KILLS / 20))

let place: Awaited<ReturnType<typeof freshWorkspace>>
let small: SmallRun
let undisturbed: Recorded
let undisturbedId: string
let lastsMs: number
const table: FaultRow[] = []

beforeAll(async () => {
  place = await freshWorkspace()
  small = await writeSmallRun(join(place.workspace, 'small'))
  const began = Date.now()
  const command = startCommand(['train', '-c', small.config, '--workspace', place.workspace], small.env)
  const { code, stderr } = await command.exited
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
  lastsMs = Date.now() - began
  undisturbedId = command.lines.find(({ runId }) => runId !== undefined)?.runId ?? ''
  undisturbed = await readRecorded(place.workspace, undisturbedId)
})
afterAll(async () => {
  const text = faultTable(table)
  if (process.env.FRACBITS_FAULT_TABLE !== undefined) writeFileSync(process.env.FRACBITS_FAULT_TABLE, text)
  await place.remove()
})

/** Repeatable random numbers in [0, 1): mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const VICTIMS: readonly Victim[] = ['trainer', 'engine', 'everything']
const MOMENTS: readonly Moment[] = ['at random', 'in a checkpoint']

const nameOf = ({ victim, moment }: Kill): string => `SIGKILL to ${victim === 'everything' ? 'the whole application' : `the ${victim}`}, ${moment}`

function note(fault: string, change: Partial<FaultRow>): void {
  let row = table.find((one) => one.fault === fault)
  if (row === undefined) table.push((row = { fault, tried: 0, lostRows: 0, lostCheckpoints: 0, recoveryMs: [] }))
  row.tried++
  row.lostRows += change.lostRows ?? 0
  row.lostCheckpoints += change.lostCheckpoints ?? 0
  row.recoveryMs.push(...(change.recoveryMs ?? []))
}

describe('a run that is killed', () => {
  it(`at ${KILLS} moments (seed ${SEED}) ends as one that never was: same weights, widths and rows, byte for byte`, async () => {
    const random = randomFrom(SEED)
    for (let left = KILLS, turn = 0; left > 0; turn++) {
      const kills = Array.from({ length: Math.min(left, KILLS_PER_RUN) }, (_, index): Kill => ({
        victim: VICTIMS[(turn + index) % VICTIMS.length] ?? 'trainer',
        moment: MOMENTS[(index + turn) % 2] ?? 'at random',
        afterMs: Math.round(random() * lastsMs),
      }))
      const survived = await trainThroughKills(place.workspace, small, kills)
      const recorded = await readRecorded(place.workspace, survived.runId)
      const lostRows = rowsApart(undisturbed, recorded)
      // What is lost can't be laid at one of the kills' door: it counts for the last.
      for (const [index, kill] of survived.kills.entries()) {
        const recoveryMs = survived.recoveryMs.slice(index, index + 1)
        note(nameOf(kill), index === survived.kills.length - 1 ? { lostRows, lostCheckpoints: recorded.lostCheckpoints, recoveryMs } : { recoveryMs })
      }
      expect({ ...recorded, rows: lostRows }, JSON.stringify(survived.kills)).toEqual({ ...undisturbed, rows: 0 })
      left -= survived.kills.length
    }
  }, 7_200_000)
})

/** The accident must have left no mark on the run. */
async function compare(fault: string, { runId, recoveryMs }: Accident): Promise<void> {
  const recorded = await readRecorded(place.workspace, runId)
  const lostRows = rowsApart(undisturbed, recorded)
  note(fault, { lostRows, lostCheckpoints: recorded.lostCheckpoints, recoveryMs: [recoveryMs] })
  expect({ ...recorded, rows: lostRows }).toEqual({ ...undisturbed, rows: 0 })
}

/** A machine that sleeps, and processes without the processor: `npm run faults` takes a minute. */
const STANDSTILL_S = Number(process.env.FRACBITS_FAULT_STANDSTILL_SECONDS ?? 6)
const STANDSTILLS = Math.ceil(TIMES / 5)

/** `null` of `happen`: this machine does not permit what it takes, which the table shows by its absence. */
const accidents: readonly (readonly [fault: string, end: string, times: number, happen: () => Promise<Accident | null>])[] = [
  ['SIGSEGV of the trainer', 'goes on by itself', TIMES, () => crashTrainer(place.workspace, small)],
  ['trainer hangs (SIGSTOP)', 'goes on by itself', TIMES, () => hangTrainer(place.workspace, small)],
  ['out of memory (killed by the kernel)', 'says so and goes on with Resume', TIMES, () => runOutOfMemory(place.workspace, small)],
  [`trainer without processor for ${STANDSTILL_S} s`, 'goes on without an alarm', STANDSTILLS, () => starveTrainer(place.workspace, small, STANDSTILL_S)],
  [`machine asleep for ${STANDSTILL_S} s`, 'goes on without an alarm', STANDSTILLS, () => sleepAndWake(place.workspace, small, STANDSTILL_S)],
  ['clock set back and ahead', 'goes on without an alarm', TIMES, () => jumpClock(place.workspace, small)],
  ['disk full', 'waits and goes on by itself', TIMES, () => fillDisk(place.workspace, small)],
  ['folder read-only', 'waits and goes on by itself', TIMES, () => forbidWriting(place.workspace, small)],
  ['folder vanished and back', 'waits and goes on by itself', TIMES, () => takeAway(place.workspace, small)],
  ['files limited in size', 'waits and goes on by itself', TIMES, () => limitFiles(place.workspace, small)],
]

describe('a run', () => {
  it.each(accidents)(
    '%s: %s, to the same end',
    async (fault, _end, times, happen) => {
      for (let time = 0; time < times; time++) {
        const accident = await happen()
        if (accident !== null) await compare(fault, accident).finally(() => accident.remove?.())
      }
    },
    7_200_000,
  )

  it('is there with all its rows after the database was damaged', async () => {
    for (let time = 0; time < TIMES; time++) {
      damageDatabase(place.workspace)
      const began = Date.now()
      const listing = startCommand(['list', '--workspace', place.workspace], small.env)
      expect((await listing.exited).code).toBe(0)
      await compare('database damaged', { runId: undisturbedId, recoveryMs: Date.now() - began })
    }
  }, 3_600_000)
})

describe('a migration that is killed', () => {
  it('has done all or nothing, and the next start does all of it', async () => {
    const entry = await bundleProcess('src/store/testing/migrating-process.ts', 'migrating-process')
    const old = join(place.workspace, 'old', 'studio.db')
    await mkdir(join(place.workspace, 'old'))
    await writeOldDatabase(old)
    const random = randomFrom(SEED + 1)
    for (let time = 0; time < 2 * TIMES; time++) {
      const { met, problem, recoveryMs } = await killMigration(entry, old, join(place.workspace, `migration-${time}`), Math.round(random() * 600))
      if (met) note('SIGKILL in a migration', { lostRows: problem === null ? 0 : 1, recoveryMs: [recoveryMs] })
      expect(problem).toBeNull()
    }
  }, 3_600_000)
})
