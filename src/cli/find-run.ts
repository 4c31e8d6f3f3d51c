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

/** The one run whose id begins with `prefix`. Fails with NOT_FOUND, or with BAD_INPUT where several do. */
export async function findRun(client: EngineClient, prefix: string): Promise<RunSummary> {
  const found: RunSummary[] = []
  for await (const run of eachRun(client)) {
    if (run.id === prefix) return run
    if (prefix !== '' && run.id.startsWith(prefix)) found.push(run)
  }
  const [first, second] = found
  if (first === undefined) throw new StudioError('NOT_FOUND', `No run's id begins with "${prefix}". "${hint('list')}" shows the runs.`)
  if (second !== undefined)
    throw new StudioError('BAD_INPUT', `"${prefix}" fits ${found.length} runs: ${found.map((run) => run.id).join(', ')}. Give more of the id.`)
  return first
}
