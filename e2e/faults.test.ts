import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FaultRow, faultTable } from './faults/fault-table'
import { startCommand } from './faults/command'
import { type Kill, type Moment, trainThroughKills, type Victim } from './faults/kill-run'
import { type Recorded, readRecorded, rowsApart } from './faults/recorded'
import { type SmallRun, writeSmallRun } from './faults/small-run'
import { freshWorkspace } from './support/places'

/** `npm run faults` asks for many more. */
const KILLS = Number(process.env.FRACBITS_FAULT_KILLS ?? 4)
const SEED = Number(process.env.FRACBITS_FAULT_SEED ?? Date.now() % 1_000_000)
const KILLS_PER_RUN = 6

let place: Awaited<ReturnType<typeof freshWorkspace>>
let small: SmallRun
let undisturbed: Recorded
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
  undisturbed = await readRecorded(place.workspace, command.lines.find(({ runId }) => runId !== undefined)?.runId ?? '')
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

function note(kill: Kill, change: Partial<FaultRow>): void {
  const fault = `SIGKILL to ${kill.victim === 'everything' ? 'the whole application' : `the ${kill.victim}`}, ${kill.moment}`
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
        note(kill, index === survived.kills.length - 1 ? { lostRows, lostCheckpoints: recorded.lostCheckpoints, recoveryMs } : { recoveryMs })
      }
      expect({ ...recorded, rows: lostRows }, JSON.stringify(survived.kills)).toEqual({ ...undisturbed, rows: 0 })
      left -= survived.kills.length
    }
  }, 7_200_000)
})
