import { Command } from 'commander'
import { StudioError } from '../../contract/errors'
import type { CliContext, CommonOptions } from '../context'
import { EXIT } from '../exit-codes'
import { followRuntime } from '../follow-runtime'
import { hint } from '../output/hint'
import { findingText, runtimeTable } from '../output/runtime-text'
import { runWithSession, withCommonOptions } from '../run-command'

/** `runtime`: versions of TensorFlow beside the built-in one, for all workspaces of the person. */
export function runtimeCommand(context: CliContext): Command {
  const command = new Command('runtime').description('list, install, try and remove versions of TensorFlow beside the built-in one, such as one for GPUs')
  for (const create of [listRuntimes, installRuntime, checkRuntime, removeRuntime]) command.addCommand(create(context))
  return command
}

function listRuntimes(context: CliContext): Command {
  return withCommonOptions(new Command('list').description('list what is installed and what can be')).action((options: CommonOptions) =>
    runWithSession(context, options, async ({ client }) => {
      const { runtimes } = await client.call('runtimes.list', {})
      if (options.json === true) for (const runtime of runtimes) context.io.out.write(`${JSON.stringify({ type: 'runtime', ...runtime })}\n`)
      else {
        context.io.out.write(runtimeTable(runtimes))
        if (runtimes.some(({ status }) => status === 'installed')) context.io.err.write(`"${hint('train ... --runtime NAME')}" computes with an installed one.\n`)
      }
      return EXIT.ok
    }),
  )
}

interface InstallOptions extends CommonOptions {
  readonly indexUrl?: string
}

function installRuntime(context: CliContext): Command {
  const description = 'fetch a runtime as published Python wheels, check them against their pinned sha256, and unpack it. Ctrl-C stops; installing it again goes on'
  return withCommonOptions(new Command('install').description(description).argument('<name>', 'name of a runtime, or gpu for the newest of its kind'))
    .option('--index-url <address>', 'Python package index to fetch from (default: FRACBITS_INDEX_URL, else the one that pip uses)')
    .action((name: string, options: InstallOptions) =>
      runWithSession(context, options, async ({ client }) => {
        const pack = await followRuntime(context, client, name, options.indexUrl ?? null, options.json === true)
        if (pack.problem !== null) throw new StudioError('RUNTIME_MISSING', pack.problem)
        if (options.json === true) context.io.out.write(`${JSON.stringify({ type: 'runtime', ...pack })}\n`)
        if (pack.status !== 'installed') {
          if (options.json !== true) context.io.err.write('Stopped. What was fetched is kept; installing it again goes on.\n')
          return EXIT.stopped
        }
        const finding = await client.call('runtimes.probe', { name: pack.name })
        if (options.json === true) context.io.out.write(`${JSON.stringify({ type: 'finding', ...finding })}\n`)
        else {
          context.io.out.write(`${pack.name} is installed in ${pack.folder ?? ''}.\n${findingText(finding)}`)
          if (finding.usable) context.io.err.write(`"${hint(`train ... --runtime ${pack.name}`)}" computes with it.\n`)
        }
        return EXIT.ok
      }),
    )
}

function checkRuntime(context: CliContext): Command {
  return withCommonOptions(new Command('check').description('load a runtime and say what it computes on, or why not: exit code 1 then').argument('<name>')).action(
    (name: string, options: CommonOptions) =>
      runWithSession(context, options, async ({ client }) => {
        const finding = await client.call('runtimes.probe', { name })
        context.io.out.write(options.json === true ? `${JSON.stringify({ type: 'finding', ...finding })}\n` : findingText(finding))
        return finding.usable ? EXIT.ok : EXIT.failure
      }),
  )
}

function removeRuntime(context: CliContext): Command {
  return withCommonOptions(new Command('remove').description('remove a runtime, or what was fetched of an unfinished one').argument('<name>')).action(
    (name: string, options: CommonOptions) =>
      runWithSession(context, options, async ({ client }) => {
        await client.call('runtimes.remove', { name })
        context.io.out.write(options.json === true ? `${JSON.stringify({ type: 'removed', name })}\n` : `${name} is removed.\n`)
        return EXIT.ok
      }),
  )
}
