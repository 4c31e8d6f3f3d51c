import { Command, Option } from 'commander'
import {
  DATASET_SPLITS,
  type DatasetImage,
  type DatasetSplit,
  IMAGE_FINDINGS,
  IMAGE_ORDERS,
  type ImageFilter,
  type ImageFinding,
  type ImageOrder,
  needsPredictions,
} from '../../contract/dataset-entities'
import type { EngineClient } from '../../contract/engine-client'
import { ResultRow } from '../../contract/entities'
import { StudioError } from '../../contract/errors'
import { usualModel } from '../../contract/predictions'
import type { CliContext, CommonOptions } from '../context'
import { EXIT } from '../exit-codes'
import { findDataset } from '../find-dataset'
import { findRun } from '../find-run'
import { imageTable } from '../output/dataset-text'
import { formatCount } from '../output/format'
import { hint } from '../output/hint'
import { runWithSession, withCommonOptions } from '../run-command'
import { wholeNumber } from '../whole-number'

type Kind = ResultRow['kind']
const KINDS = ResultRow.shape.kind.options
const PAGE = 1000

interface ImagesOptions extends CommonOptions {
  readonly class?: readonly string[]
  readonly split?: DatasetSplit
  readonly text?: string
  readonly finding?: ImageFinding
  readonly excluded?: boolean
  readonly run?: string
  readonly model?: Kind
  readonly wrong?: boolean
  readonly right?: boolean
  readonly predicted?: string
  readonly changedFrom?: Kind
  readonly sort: ImageOrder['by']
  readonly descending?: boolean
  readonly limit: number
}

/** `data images`: single images, found and ordered as the window does it, and what the models of a run said of them. */
export function dataImagesCommand(context: CliContext): Command {
  const command = new Command('images')
    .description('list images of a data set: by class, finding, or what the models of a run said of them')
    .argument('<dataset>', 'its id or name, or their first characters')
    .option('--class <name...>', 'only images of these classes')
    .addOption(new Option('--split <split>', 'only images of this split').choices(DATASET_SPLITS))
    .option('--text <text>', 'only images whose path contains this')
    .addOption(new Option('--finding <finding>', 'only images that "data doctor" found this of').choices(IMAGE_FINDINGS))
    .option('--excluded', 'only images that were excluded')
    .option('--run <run>', 'show what a model of this run said: its id or name, or the first characters of the id')
    .addOption(new Option('--model <model>', 'which model of the run (default: mixed, or the last of its result)').choices(KINDS))
    .addOption(new Option('--wrong', 'only images that the model got wrong').conflicts('right'))
    .option('--right', 'only images that the model got right')
    .option('--predicted <class>', 'only images that the model took for this class')
    .addOption(new Option('--changed-from <model>', 'only images of which this model of the run said otherwise').choices(KINDS))
    .addOption(new Option('--sort <order>', 'what to order by').choices(IMAGE_ORDERS).default('position'))
    .option('--descending', 'the largest or last first')
    .addOption(new Option('--limit <n>', 'at most so many').argParser(wholeNumber(1, 1_000_000)).default(50))
  return withCommonOptions(command).action((given: string, options: ImagesOptions) =>
    runWithSession(context, options, async ({ client }) => {
      const { id: datasetId, name } = await findDataset(client, given)
      const { names } = await client.call('data.classes', { datasetId })
      const filter = await filterOf(client, datasetId, names, options)
      const { total } = await client.call('data.counts', { datasetId, filter })
      const images: DatasetImage[] = []
      const wanted = Math.min(total, options.limit)
      const order = { by: options.sort, descending: options.descending === true }
      while (images.length < wanted) {
        const page = await client.call('data.images', { datasetId, filter, order, offset: images.length, limit: Math.min(PAGE, wanted - images.length) })
        if (page.images.length === 0) break
        images.push(...page.images)
      }
      const className = (label: number | undefined): string | null => (label === undefined ? null : (names[label] ?? null))
      if (options.json === true) {
        for (const image of images)
          context.io.out.write(
            `${JSON.stringify({ type: 'image', ...image, className: className(image.label), predictedName: className(image.prediction?.predicted) })}\n`,
          )
        return EXIT.ok
      }
      context.io.out.write(images.length === 0 ? `No image of ${name} fits.\n` : imageTable(images, names))
      if (images.length < total) context.io.err.write(`${formatCount(images.length)} of ${formatCount(total)} images; --limit shows more.\n`)
      return EXIT.ok
    }),
  )
}

async function filterOf(client: EngineClient, datasetId: string, names: readonly string[], options: ImagesOptions): Promise<ImageFilter> {
  const { split, text, finding, excluded, wrong, right, predicted, changedFrom } = options
  const plain: ImageFilter = {
    ...(options.class === undefined ? {} : { labels: options.class.map((name) => labelOf(names, name)) }),
    ...(split === undefined ? {} : { split }),
    ...(text === undefined ? {} : { text }),
    ...(finding === undefined ? {} : { finding }),
    ...(excluded === true ? { excluded } : {}),
  }
  if (options.run === undefined) {
    const asked = wrong === true || right === true || predicted !== undefined || changedFrom !== undefined || options.model !== undefined || needsPredictions(options.sort)
    if (asked) throw new StudioError('BAD_INPUT', 'What a model said is known by run. Name one with --run.')
    return plain
  }
  return {
    ...plain,
    evaluation: await modelOf(client, datasetId, options.run, options.model),
    ...(wrong === true ? { outcome: 'wrong' as const } : right === true ? { outcome: 'right' as const } : {}),
    ...(predicted === undefined ? {} : { predicted: labelOf(names, predicted) }),
    ...(changedFrom === undefined ? {} : { flippedFrom: changedFrom }),
  }
}

function labelOf(names: readonly string[], name: string): number {
  const label = names.indexOf(name)
  if (label !== -1) return label
  const some = names.slice(0, 10).join(', ')
  throw new StudioError('NOT_FOUND', `There is no class "${name}". The classes are ${names.length > 10 ? `${some} and ${formatCount(names.length - 10)} more` : some}.`)
}

/** The wanted model of a run, else the mixed-precision one, else its last that answered. */
async function modelOf(client: EngineClient, datasetId: string, given: string, wanted: Kind | undefined): Promise<{ runId: string; kind: Kind }> {
  const run = await findRun(client, given)
  if (wanted !== undefined) return { runId: run.id, kind: wanted }
  const { kinds } = await client.call('data.evaluationsOf', { runId: run.id })
  const kind = usualModel(kinds)
  if (kind !== undefined) return { runId: run.id, kind }
  throw new StudioError('NOT_FOUND', `No answers to single images are kept of the run "${run.name}". "${hint(`data inspect ${datasetId}`)}" lists the models that have some.`)
}
