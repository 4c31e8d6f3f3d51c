import type { EngineClient } from '../contract/engine-client'
import type { RunDetail } from '../contract/entities'
import { slurmWords } from '../contract/slurm'
import type { CliContext, CommonOptions, Session } from './context'
import { EXIT, type ExitCode } from './exit-codes'
import { isAtRest } from './follow-run'
import { hint } from './output/hint'

/** Makes runs on a cluster and returns when Slurm has taken or refused each, which does not end with this command. */
export async function submitRuns(
  context: CliContext,
  options: CommonOptions,
  make: (session: Session) => Promise<readonly string[]>,
): Promise<ExitCode> {
  const session = await context.openSession({ workspace: options.workspace ?? null })
  try {
    const runs: RunDetail[] = []
    for (const runId of await make(session)) runs.push(await untilSubmitted(session.client, runId))
    for (const run of runs)
      context.io.out.write(
        options.json === true
          ? `${JSON.stringify({ type: 'submitted', runId: run.id, status: run.status, reason: run.statusReason, job: run.slurm ?? null })}\n`
          : `${run.id}  ${run.name}  ${isAtRest(run.status) ? `${run.status}: ${run.statusReason ?? ''}` : run.slurm?.jobId === null ? 'waits in the queue, which is paused' : slurmWords(run.slurm ?? NONE)}\n`,
      )
    if (options.json !== true)
      context.io.out.write(`"${hint('list')}" and "${hint('show RUN')}" tell how they stand, "${hint('stop RUN')}" ends one.\n`)
    return runs.every(({ status }) => status !== 'failed') ? EXIT.ok : EXIT.failure
  } finally {
    await session.close()
  }
}

const NONE = { jobId: null, state: 'UNSUBMITTED', reason: null, node: null, restarts: 0 }

/** The run once it has a job, has come to rest, or waits in a queue that is paused. */
async function untilSubmitted(client: EngineClient, runId: string): Promise<RunDetail> {
  const stop = new AbortController()
  const events = client.open('runs.events', { runId }, { signal: stop.signal })[Symbol.asyncIterator]()
  try {
    for (;;) {
      // Subscribed before asking: whatever happens in between is in the answer or among the events.
      const next = events.next()
      next.catch(() => undefined)
      const run = await client.call('runs.get', { runId })
      const isHeldBack = run.status === 'queued' && (await client.call('queue.get', {})).paused
      if ((run.slurm?.jobId ?? null) !== null || isAtRest(run.status) || isHeldBack) return run
      if ((await next).done === true) return run
    }
  } finally {
    stop.abort()
  }
}
