import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What the comparisons with a peer share: programs that run in turn, so that all see the same machine, and report in a line of JSON. */
const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const cli = join(root, 'out/main/cli.js')

/** Runs a program to its end and returns its report of this kind. */
function reportOf(kind, command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 26 })
  const line = (stdout ?? '').split('\n').find((text) => text.startsWith('{') && text.includes(kind))
  if (status !== 0 || line === undefined)
    throw new Error(`${command} ${args.join(' ')} failed: ${error?.message ?? (stderr ?? '').trim().split('\n').at(-1)}`)
  return JSON.parse(line)
}

/** A contestant that is the built command of this program. */
export const ours = (name, benchmark, args) => ({
  name,
  start: () => reportOf(`bench-${benchmark}`, process.execPath, [cli, 'bench', benchmark, ...args]),
})

/** A contestant that is a program in Python, from this folder. */
export const peer = (name, benchmark, python, script, args) => ({
  name,
  start: () => reportOf(`bench-${benchmark}`, python, [join(root, 'tools/bench', script), ...args]),
})

/** The contestants with the reports of all rounds. */
export function takeTurns(contestants, rounds) {
  const all = contestants.map((contestant) => ({ ...contestant, results: [] }))
  for (let round = 0; round < rounds; round++) for (const { start, results } of all) results.push(start())
  return all
}

/** Runs a comparison; what goes wrong is said in one line. */
export function compare(main) {
  try {
    if (!existsSync(cli)) throw new Error('There is no build. Run "npm run build" first.')
    main()
  } catch (error) {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  }
}
