import { Command, Option } from 'commander'
import { DATASET_LAYOUTS, type DatasetLayout } from '../../contract/dataset-entities'
import { resolve } from 'node:path'
import type { CliContext, CommonOptions, Session } from '../context'
import { EXIT, type ExitCode } from '../exit-codes'
import { chooseLayout } from '../choose-layout'
import { findDataset } from '../find-dataset'
import { findRun } from '../find-run'
import { followIndex } from '../follow-index'
import { classLines, datasetLines, datasetTable, evaluationLines, findingLines } from '../output/dataset-text'
import { hint } from '../output/hint'
import { oneLine } from '../output/one-line'
import { runWithSession, withCommonOptions } from '../run-command'
import { dataImagesCommand } from './data-images'

/** `data`: the data sets of the workspace, with the same facts as the app shows. */
export function dataCommand(context: CliContext): Command {
  const command = new Command('data').description('add, list, inspect and examine data sets, and list their images')
  for (const create of [addCommand, dataListCommand, inspectCommand, dataImagesCommand, locateCommand, dataDoctorCommand]) command.addCommand(create(context))
  return command
}

function locateCommand(context: CliContext): Command {
  const description = 'say where the images of an imported run are on this machine, or where they were moved to'
  return withCommonOptions(new Command('locate').description(description).argument('<run>').argument('<folder>')).action((run: string, folder: string, options: CommonOptions) =>
    runWithSession(context, options, async ({ client }) => {
      const { id, name } = await findRun(client, run)
      const images = resolve(context.io.cwd, folder)
      await client.call('runs.setImages', { runId: id, folder: images })
      context.io.out.write(options.json === true ? `${JSON.stringify({ type: 'images', runId: id, folder: images })}\n` : `The images of ${oneLine(name)} are in ${oneLine(images)}.\n`)
      return EXIT.ok
    }),
  )
}

interface AddOptions extends CommonOptions {
  readonly layout?: DatasetLayout
  readonly name?: string
}

function addCommand(context: CliContext): Command {
  const description = 'add a folder of images and index it; nothing is copied or changed. Ctrl-C stops indexing; adding the folder again goes on'
  return withCommonOptions(new Command('add').description(description).argument('<folder>'))
    .addOption(new Option('--layout <layout>', 'how the files lie, where the folder leaves it open').choices(DATASET_LAYOUTS))
    .option('--name <name>', 'name in lists (default: the folder’s)')
    .action((folder: string, options: AddOptions) =>
      runWithSession(context, options, async (session) => {
        const choice = await chooseLayout(session.client, resolve(context.io.cwd, folder), options.layout)
        const { datasets } = await session.client.call('data.list', {})
        const known = datasets.find((dataset) => dataset.folder === choice.folder && dataset.layout === choice.layout)
        if (known === undefined) return follow(context, options, session, (await session.client.call('data.add', { ...choice, name: options.name ?? null })).datasetId)
        if (known.status === 'cancelled' || known.status === 'failed') await session.client.call('data.index', { datasetId: known.id })
        return follow(context, options, session, known.id)
      }),
    )
}

async function follow(context: CliContext, options: CommonOptions, { client }: Session, id: string): Promise<ExitCode> {
  const dataset = await followIndex(context, client, id, options.json === true)
  if (options.json === true) context.io.out.write(`${JSON.stringify({ type: 'dataset', ...dataset })}\n`)
  else context.io.out.write(datasetLines(dataset))
  if (dataset.status === 'ready') {
    if (options.json !== true && dataset.troubled > 0) context.io.err.write(`"${hint(`data doctor ${dataset.id}`)}" says what is wrong with ${dataset.troubled} images.\n`)
    return EXIT.ok
  }
  if (options.json !== true) context.io.err.write(`${oneLine(dataset.statusReason ?? 'Indexing did not end.')}\n`)
  return dataset.status === 'cancelled' ? EXIT.stopped : EXIT.badInput
}

function dataListCommand(context: CliContext): Command {
  return withCommonOptions(new Command('list').description('list the data sets, newest first')).action((options: CommonOptions) =>
    runWithSession(context, options, async ({ client }) => {
      const { datasets } = await client.call('data.list', {})
      if (options.json === true) for (const dataset of datasets) context.io.out.write(`${JSON.stringify({ type: 'dataset', ...dataset })}\n`)
      else context.io.out.write(datasets.length === 0 ? `No data sets yet. "${hint('data add <folder>')}" adds one.\n` : datasetTable(datasets))
      return EXIT.ok
    }),
  )
}

function inspectCommand(context: CliContext): Command {
  return withCommonOptions(new Command('inspect').description('show a data set: splits, classes, sizes, statistics, and the models that answered its images').argument('<dataset>', 'its id or name, or their first characters')).action(
    (given: string, options: CommonOptions) =>
      runWithSession(context, options, async ({ client }) => {
        const dataset = await findDataset(client, given)
        const { names } = await client.call('data.classes', { datasetId: dataset.id })
        const splits = (['train', 'validation', 'all'] as const).filter((split) => dataset.splitCounts[split] > 0)
        const counts = await Promise.all(splits.map(async (split) => (await client.call('data.counts', { datasetId: dataset.id, filter: { split } })).classes))
        const classes = names.map((name, label) => ({ label, name, images: Object.fromEntries(splits.map((split, index) => [split, counts[index]?.[label] ?? 0])) }))
        const { evaluations } = await client.call('data.evaluations', { datasetId: dataset.id })
        if (options.json === true) {
          context.io.out.write(`${JSON.stringify({ type: 'dataset', ...dataset })}\n`)
          for (const evaluation of evaluations) context.io.out.write(`${JSON.stringify({ type: 'evaluation', ...evaluation })}\n`)
          for (const entry of classes) context.io.out.write(`${JSON.stringify({ type: 'class', ...entry })}\n`)
        } else context.io.out.write(datasetLines(dataset) + classLines(splits, classes) + evaluationLines(dataset, evaluations))
        return EXIT.ok
      }),
  )
}

function dataDoctorCommand(context: CliContext): Command {
  return withCommonOptions(new Command('doctor').description('say what is wrong with a data set: exit code 1 for errors').argument('<dataset>', 'its id or name, or their first characters')).action(
    (given: string, options: CommonOptions) =>
      runWithSession(context, options, async ({ client }) => {
        const dataset = await findDataset(client, given)
        const { findings } = await client.call('data.doctor', { datasetId: dataset.id })
        if (options.json === true) for (const finding of findings) context.io.out.write(`${JSON.stringify({ type: 'finding', ...finding })}\n`)
        else context.io.out.write(findings.length === 0 ? `Nothing was found in ${dataset.images} images.\n` : findings.map(findingLines).join('\n'))
        if (dataset.status !== 'ready' && options.json !== true) context.io.err.write(`The index is not complete (${dataset.status}): there may be more.\n`)
        return findings.some(({ severity, images, excludable }) => severity === 'error' && (images === 0 || excludable > 0)) ? EXIT.failure : EXIT.ok
      }),
  )
}
