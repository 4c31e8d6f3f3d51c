import type { EngineClient } from '../contract/engine-client'
import type { RunSummary } from '../contract/entities'
import { StudioError } from '../contract/errors'
import { hint } from './output/hint'

/** All runs, newest first. */
export async function* eachRun(client: EngineClient): AsyncGenerator<RunSummary> {
  let before: string | null = null
  do {
    const page: { runs: RunSummary[]; next: string | null } = await client.call('runs.list', { limit: 500, before })
    yield* page.runs
    before = page.next
  } while (before !== null)
}

/** The run with this id or name, else the only one whose id begins so. Rejects with NOT_FOUND, or with BAD_INPUT where several fit. */
export async function findRun(client: EngineClient, given: string): Promise<RunSummary> {
  const named: RunSummary[] = []
  const begun: RunSummary[] = []
  for await (const run of eachRun(client)) {
    if (run.id === given) return run
    if (run.name === given) named.push(run)
    else if (given !== '' && run.id.startsWith(given)) begun.push(run)
  }
  const found = named.length > 0 ? named : begun
  const [first, second] = found
  if (first === undefined) throw new StudioError('NOT_FOUND', `No run is called "${given}", and no id begins so. "${hint('list')}" shows the runs.`)
  if (second !== undefined)
    throw new StudioError(
      'BAD_INPUT',
      `"${given}" fits ${found.length} runs: ${found.map((run) => run.id).join(', ')}. Give the id, or enough of it.`,
    )
  return first
}
