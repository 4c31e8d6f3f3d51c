import { extname, resolve } from 'node:path'
import { Command, Option } from 'commander'
import { BUNDLE_CHECKPOINTS, BUNDLE_ENDING, type BundleCheckpoints } from '../../contract/bundles'
import type { CliContext, CommonOptions } from '../context'
import { EXIT } from '../exit-codes'
import { findRun } from '../find-run'
import { formatBytes, formatCount } from '../output/format'
import { runWithSession, withCommonOptions } from '../run-command'

interface ExportOptions extends CommonOptions {
  readonly output: string
  readonly checkpoints: BundleCheckpoints
}

/** A name without an ending gets that of bundles, so that the window opens it. */
const withEnding = (name: string): string => (extname(name) === '' ? `${name}.${BUNDLE_ENDING}` : name)

const counted = (count: number, one: string): string => `${formatCount(count)} ${one}${count === 1 ? '' : 's'}`

/** `bundle`: runs as one file that another machine opens and checks. */
export function bundleCommand(context: CliContext): Command {
  return new Command('bundle')
    .description('take runs to another machine: one file, checked by hash when it is opened')
    .addCommand(exporting(context))
    .addCommand(importing(context))
}

function exporting(context: CliContext): Command {
  const command = new Command('export')
    .description('write runs that have ended into one file: configuration, curves, widths, log, results, checkpoints')
    .argument('<run...>', 'ids of the runs, their first characters, or their names')
    .requiredOption('-o, --output <file>', 'file to write, such as photos.fracbits; without an ending it gets this one')
    .addOption(
      new Option('--checkpoints <which>', 'which checkpoints to take along: none, the newest that is whole, or all')
        .choices(BUNDLE_CHECKPOINTS)
        .default('last'),
    )
  return withCommonOptions(command).action((given: readonly string[], { output, checkpoints, ...options }: ExportOptions) =>
    runWithSession(context, options, async ({ client }) => {
      const runIds: string[] = []
      for (const one of given) runIds.push((await findRun(client, one)).id)
      const bundle = await client.call('runs.exportBundle', { runIds, file: resolve(context.io.cwd, withEnding(output)), checkpoints })
      if (options.json === true) context.io.out.write(`${JSON.stringify({ type: 'bundle', ...bundle })}\n`)
      else
        context.io.out.write(
          `Written: ${bundle.file}\n${counted(bundle.runs, 'run')}, ${counted(bundle.checkpoints, 'checkpoint')}, ${formatBytes(bundle.sizeBytes)}, sha256 ${bundle.sha256}\n`,
        )
      return EXIT.ok
    }),
  )
}

function importing(context: CliContext): Command {
  const command = new Command('import')
    .description('check every file of a bundle by its hash, then take its runs into the workspace')
    .argument('<file>', 'bundle, a .fracbits or .zip file')
  return withCommonOptions(command).action((file: string, options: CommonOptions) =>
    runWithSession(context, options, async ({ client }) => {
      const imported = await client.call('runs.importBundle', { file: resolve(context.io.cwd, file) })
      if (options.json === true) context.io.out.write(`${JSON.stringify({ type: 'imported', ...imported })}\n`)
      else {
        for (const { id, name } of imported.runs) context.io.out.write(`${id}  ${name}\n`)
        context.io.out.write(
          `${counted(imported.runs.length, 'run')} and ${counted(imported.checkpoints, 'checkpoint')} imported; every file is what was written.\n`,
        )
      }
      return EXIT.ok
    }),
  )
}
