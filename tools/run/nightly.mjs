import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { modules, root } from '../setup/places.mjs'
import { setUpOrExit } from '../setup.mjs'
import { buildIfNeeded } from './build.mjs'
import { runForeground } from './child.mjs'
import { runEnvironment } from './environment.mjs'

/** A whole number given on the command line, or the usual one. */
function count(args, usual) {
  const given = Number(args[0] ?? usual)
  if (Number.isInteger(given) && given > 0) return given
  process.stderr.write(`"${args[0]}" is no number of times. Say it like: npm run fuzz -- 5000\n`)
  process.exit(2)
}

/** Runs a test file with more trials than `npm test` gives it, then prints the table that it writes. */
async function manyTrials(vitestArgs, env, tableName) {
  const folder = mkdtempSync(join(tmpdir(), 'fracbits-nightly-'))
  const table = join(folder, 'table.txt')
  try {
    const code = await runForeground(process.execPath, [join(modules, 'vitest/vitest.mjs'), 'run', ...vitestArgs], {
      cwd: root,
      env: { ...env, NODE_ENV: 'test', [tableName]: table },
    })
    if (existsSync(table)) process.stdout.write(`\n${readFileSync(table, 'utf8')}`)
    return code
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** `npm run faults [-- TIMES]`: kills and other accidents on the real command, in one table; then a day of points at speed, in a line. */
export async function faults(args) {
  const times = count(args, 200)
  const { cache } = await setUpOrExit({ forTests: true })
  const built = await buildIfNeeded()
  if (built !== 0) return built
  const env = { ...runEnvironment(cache), FRACBITS_FAULT_KILLS: String(times), FRACBITS_FAULT_STANDSTILL_SECONDS: '60' }
  const accidents = await manyTrials(['--config', 'vitest.e2e.config.ts', 'e2e/faults.test.ts'], env, 'FRACBITS_FAULT_TABLE')
  const day = await manyTrials(['--project', 'node', 'src/engine/long-run.test.ts'], { ...env, FRACBITS_LONG_RUN_HOURS: '24' }, 'FRACBITS_LONG_RUN_REPORT')
  return accidents || day
}

/** `npm run fuzz [-- INPUTS]`: changed inputs for every parser of strangers' files, other ones each time; one table. */
export async function fuzz(args) {
  const inputs = count(args, 100_000)
  const { cache } = await setUpOrExit({ forTests: true })
  const seed = process.env.FRACBITS_FUZZ_SEED ?? String(Date.now() % 4_294_967_296)
  const env = { ...runEnvironment(cache), FRACBITS_FUZZ_INPUTS: String(inputs), FRACBITS_FUZZ_SEED: seed }
  return manyTrials(['--project', 'node', 'src/fuzz/fuzz.test.ts'], env, 'FRACBITS_FUZZ_TABLE')
}
