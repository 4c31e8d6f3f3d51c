import { Command } from 'commander'
import { attendRun } from '../attend-run'
import type { CliContext, CommonOptions } from '../context'
import { EXIT } from '../exit-codes'
import { findRun } from '../find-run'
import { runCommand, runWithSession, withCommonOptions } from '../run-command'

const forRun = (name: string, description: string): Command =>
  withCommonOptions(new Command(name).description(description).argument('<run>', 'id of the run, its first characters, or its name'))

export function resumeCommand(context: CliContext): Command {
  return forRun('resume', 'go on with a paused, stopped, interrupted or failed run, and watch it').action((prefix: string, options: CommonOptions) =>
    runCommand(context, options, () =>
      attendRun(context, options, async ({ client }) => {
        const { id } = await findRun(client, prefix)
        await client.call('runs.resume', { runId: id })
        return id
      }),
    ),
  )
}

export function stopCommand(context: CliContext): Command {
  return forRun('stop', 'stop a run that another program trains, after its step and with a checkpoint')
    .option('--now', 'at once, without a checkpoint')
    .action((prefix: string, options: CommonOptions & { now?: boolean }) =>
      runWithSession(context, options, async ({ client }) => {
        const { id } = await findRun(client, prefix)
        await client.call('runs.stop', { runId: id, mode: options.now === true ? 'now' : 'after-step' })
        return said(context, options, id, options.now === true ? 'is being stopped' : 'stops after its step')
      }),
    )
}

export function pauseCommand(context: CliContext): Command {
  return forRun('pause', 'let a run that another program trains wait; "resume" goes on').action((prefix: string, options: CommonOptions) =>
    runWithSession(context, options, async ({ client }) => {
      const { id } = await findRun(client, prefix)
      await client.call('runs.pause', { runId: id })
      return said(context, options, id, 'pauses after its step')
    }),
  )
}

function said(context: CliContext, options: CommonOptions, runId: string, words: string): typeof EXIT.ok {
  context.io.out.write(options.json === true ? `${JSON.stringify({ type: 'done', runId })}\n` : `${runId} ${words}.\n`)
  return EXIT.ok
}
