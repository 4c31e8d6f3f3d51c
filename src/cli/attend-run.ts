import type { RunEvent } from '../contract/api'
import type { RunDetail } from '../contract/entities'
import { StudioError } from '../contract/errors'
import type { CliContext, CommonOptions, Session } from './context'
import { EXIT, type ExitCode, exitCodeOfStatus } from './exit-codes'
import { followRun } from './follow-run'
import { createBarReporter, createLineReporter } from './output/run-reporter'
import { runReport, runSummary } from './output/run-result'

/**
 * Begins (or joins) a run, shows it until it has come to rest, and says how it ended.
 * Ctrl-C once stops the run after its step with a checkpoint, twice at once, a third time leaves without waiting.
 * When the program that trained the run ends first, the workspace is opened again to learn what became of it.
 */
export async function attendRun(context: CliContext, options: CommonOptions, begin: (session: Session) => Promise<string>): Promise<ExitCode> {
  const { io } = context
  const json = options.json === true
  const human = json ? io.err : io.out
  const reporter = human.isTTY === true ? createBarReporter(human) : createLineReporter(human, Date.now)
  const writeJson = (value: unknown): unknown => json && io.out.write(`${JSON.stringify(value)}\n`)
  const onEvent = (event: RunEvent): void => {
    writeJson(event)
    reporter.event(event)
  }

  let session = await context.openSession({ workspace: options.workspace ?? null })
  let runId: string | null = null
  let presses = 0
  const stop = (mode: 'after-step' | 'now', id: string): void => {
    session.client.call('runs.stop', { runId: id, mode }).catch((error: unknown) => {
      // The run may have ended by itself in the same moment.
      if (!(error instanceof StudioError && (error.code === 'CONFLICT' || error.code === 'ENGINE_GONE'))) reporter.note(`stop: ${String(error)}`)
    })
  }
  const ignoreInterrupts = context.onInterrupt(() => {
    presses++
    if (presses > 2) process.exit(EXIT.stopped)
    reporter.note(
      presses === 1
        ? 'Stopping after this step with a checkpoint. Ctrl-C again stops at once.'
        : 'Stopping at once. Work since the last checkpoint is lost.',
    )
    if (runId !== null) stop(presses === 1 ? 'after-step' : 'now', runId)
  })

  try {
    const id = await begin(session)
    runId = id
    if (presses > 0) stop(presses === 1 ? 'after-step' : 'now', id)
    const detail = await follow(id)
    const exitCode = exitCodeOfStatus(detail.status, presses > 0)
    reporter.end()
    human.write(`\n${runReport(detail)}`)
    writeJson(runSummary(detail, exitCode))
    return exitCode
  } catch (error) {
    reporter.end()
    throw error
  } finally {
    ignoreInterrupts()
    await session.close()
  }

  async function follow(id: string): Promise<RunDetail> {
    for (;;) {
      try {
        return await followRun(session.client, id, onEvent)
      } catch (error) {
        if (!(error instanceof StudioError && error.code === 'ENGINE_GONE' && session.mode === 'attached')) throw error
        reporter.note('The program that had the workspace open has ended.')
        await session.close()
        session = await context.openSession({ workspace: options.workspace ?? null })
        // A run that had waited for its turn there would not be started by anybody else now.
        if (session.mode === 'owner' && (await session.client.call('runs.get', { runId: id })).status === 'queued') {
          await session.client.call('runs.resume', { runId: id })
        }
      }
    }
  }
}
