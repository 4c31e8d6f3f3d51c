import { join } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { ResultRow, RunDetail } from '../../contract/entities'
import { StudioError } from '../../contract/errors'
import { ModelName } from '../../contract/models'
import { newestCheckpoint } from '../output/run-result'
import type { CliContext, CommonOptions, Session } from '../context'
import { EXIT } from '../exit-codes'
import { followRun } from '../follow-run'
import { formatCount } from '../output/format'
import { renderTable } from '../output/table'
import { runWithSession, withCommonOptions } from '../run-command'
import { wholeNumber } from '../whole-number'
import { compressed, METHOD_NAMES, type Method, METHODS, OPTIONS } from './bench-methods'

interface BudgetOptions extends CommonOptions {
  readonly models: ModelName[]
  readonly rates: number[]
  readonly methods: Method[]
  readonly repeats: number
  readonly images?: number
  readonly validation?: number
  readonly floatEpochs: number
  readonly epochs: number
  readonly batchSize: number
  readonly workers: number
  readonly data?: string
}

/** One model of the table: a network, a rate, a way, over all seeds. */
export interface BudgetCell {
  readonly model: string
  readonly rate: number
  readonly method: Method
  /** One entry a seed: accuracy of the integer model and of the FP32 weights it began with, in percent, and the achieved rate. */
  readonly runs: readonly { readonly seed: number; readonly top1: number; readonly float: number; readonly rate: number }[]
}

const numbers = (text: string): number[] =>
  text.split(',').map((part) => {
    const value = Number(part)
    if (!(value > 1) || value > 4) throw new InvalidArgumentError('rates between 1 and 4, with commas between them, are expected')
    return value
  })
const models = (text: string): ModelName[] =>
  text.split(',').map((name) => {
    const model = ModelName.safeParse(name)
    if (!model.success) throw new InvalidArgumentError(`there is no model "${name}"`)
    return model.data
  })

const methods = (text: string): Method[] =>
  text.split(',').map((name) => {
    const method = METHOD_NAMES.find((known) => known === name)
    if (method === undefined) throw new InvalidArgumentError(`the ways are ${METHOD_NAMES.join(', ')}`)
    return method
  })

const MOST = 1_000_000

/** Makes the table that budgets are judged by: trains every model itself, one run after the other, in the workspace. */
export function budgetsCommand(context: CliContext): Command {
  const command = new Command('budgets')
    .description('train demo networks on Fashion-MNIST to several rates, each by exact, offset and plain rounding, as the original does, and at one width')
    .addOption(new Option('--models <names>', 'networks').argParser(models).default(['resnet20', 'mobilenet_v2_32x32']))
    .addOption(new Option('--rates <rates>', 'INT8 size / size').argParser(numbers).default([1.5, 2, 3]))
    .addOption(new Option('--methods <names>', `ways to a smaller model: ${METHODS.join(', ')}; and exact with an option more: ${Object.keys(OPTIONS).join(', ')}`).argParser(methods).default([...METHODS]))
    .addOption(new Option('--repeats <count>', 'seeds').argParser(wholeNumber(1, 100)).default(5))
    .addOption(new Option('--images <count>', 'only the first training images').argParser(wholeNumber(1, MOST)))
    .addOption(new Option('--validation <count>', 'only the first validation images').argParser(wholeNumber(1, MOST)))
    .addOption(new Option('--float-epochs <count>', 'epochs in FP32').argParser(wholeNumber(1, MOST)).default(4))
    .addOption(new Option('--epochs <count>', 'epochs with quantizers; widths freeze after four fifths').argParser(wholeNumber(2, MOST)).default(5))
    .addOption(new Option('--batch-size <images>', 'images in a step').argParser(wholeNumber(1, 65_536)).default(128))
    .addOption(new Option('-j, --workers <n>', 'threads that prepare images').argParser(wholeNumber(0, 64)).default(0))
    .option('--data <dir>', 'folder with Fashion-MNIST (default: the demo data set)')
  return withCommonOptions(command).action((options: BudgetOptions) =>
    runWithSession(context, options, async (session) => {
      const cells: BudgetCell[] = []
      for (const model of options.models) cells.push(...(await cellsOf(context, session, options, model)))
      const { io } = context
      io.out.write(options.json === true ? `${JSON.stringify({ type: 'bench-budgets', ...sizesOf(options), cells })}\n` : `${sizes(options)}\n${budgetTable(cells)}`)
      return EXIT.ok
    }),
  )
}

const sizesOf = ({ images, validation, floatEpochs, epochs, repeats }: BudgetOptions) => ({
  images: images ?? 60_000,
  validation: validation ?? 10_000,
  floatEpochs,
  epochs,
  repeats,
})

function sizes(options: BudgetOptions): string {
  const { images, validation, floatEpochs, epochs, repeats } = sizesOf(options)
  return `Fashion-MNIST, ${formatCount(images)} training and ${formatCount(validation)} validation images, ${String(floatEpochs)} epochs in FP32, then ${String(epochs)} with quantizers, mean of ${String(repeats)} seeds`
}

async function cellsOf(context: CliContext, session: Session, options: BudgetOptions, model: ModelName): Promise<BudgetCell[]> {
  const cells = new Map<string, BudgetCell>()
  for (let seed = 1; seed <= options.repeats; seed++) {
    const float = await train(context, session, options, `${model} FP32, seed ${String(seed)}`, { ...configOf(options, model, seed), epochs: options.floatEpochs, optimizer: FLOAT_OPTIMIZER })
    const weights = newestCheckpoint(float)
    const floatTop1 = float.result?.rows.find(({ kind }) => kind === 'fp32')?.top1
    if (weights === null || floatTop1 === undefined) throw new StudioError('INTERNAL', `The FP32 run ${float.id} left no checkpoint or result. See its log.`)
    for (const rate of options.rates) {
      for (const method of options.methods) {
        const run = await train(context, session, options, `${model} ${String(rate)}x ${method}, seed ${String(seed)}`, { ...configOf(options, model, seed), weights, ...compressed(method, rate, options) })
        const row = finalRow(run)
        const key = `${String(rate)} ${method}`
        const before = cells.get(key) ?? { model, rate, method, runs: [] }
        cells.set(key, { ...before, runs: [...before.runs, { seed, top1: row.top1, float: floatTop1, rate: row.rate }] })
      }
    }
  }
  return [...cells.values()]
}

function finalRow(run: RunDetail): ResultRow {
  const row = run.result?.rows.at(-1)
  if (row === undefined || row.kind === 'fp32' || row.fractional === true) throw new StudioError('INTERNAL', `The run ${run.id} has no integer model. See its log.`)
  return row
}

const FLOAT_OPTIMIZER = { type: 'SGD', base_lr: 0.1, optimizer_params: { momentum: 0.9, nesterov: true }, weight_decay: 1e-4, schedule_type: 'cosine', warmup_epochs: 0.25 }

/** What all runs of a network share. Both networks at half width, as the shipped configurations for Fashion-MNIST have them; validated at the end alone. */
function configOf({ images, validation, batchSize, epochs, floatEpochs }: BudgetOptions, model: ModelName, seed: number): object {
  const limit = { ...(images === undefined ? {} : { train: images }), ...(validation === undefined ? {} : { validation }) }
  return {
    model,
    model_params: { width_mult: 0.5 },
    num_classes: 10,
    input_info: { sample_size: [1, 1, 28, 28] },
    dataset: 'fashion_mnist',
    ...(Object.keys(limit).length === 0 ? {} : { data_limit: limit }),
    batch_size: batchSize,
    batch_size_val: 250,
    test_every_n_epochs: Math.max(epochs, floatEpochs),
    seed,
  }
}

async function train(context: CliContext, { client, workspace }: Session, { data, workers }: BudgetOptions, name: string, config: object): Promise<RunDetail> {
  context.io.err.write(`${name} …\n`)
  const { runId } = await client.call('runs.create', {
    configText: JSON.stringify(config, null, 2),
    dataDir: data ?? null,
    workers,
    logDir: join(workspace, 'bench-budgets'),
    name,
  })
  const run = await followRun(client, runId, () => undefined)
  if (run.status !== 'finished') throw new StudioError('INTERNAL', `${name} is ${run.status}: ${run.statusReason ?? 'no reason is known'}`)
  return run
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
const deviation = (values: readonly number[]): number => (values.length < 2 ? 0 : Math.sqrt(values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / (values.length - 1)))

/** Mean and standard deviation over the seeds, a line a model. */
export function budgetTable(cells: readonly BudgetCell[]): string {
  return renderTable(
    [
      { title: 'network' },
      { title: 'target', align: 'right' },
      { title: 'by' },
      { title: 'top-1', align: 'right' },
      { title: 'spread', align: 'right' },
      { title: 'to FP32', align: 'right' },
      { title: 'rate', align: 'right' },
      { title: 'lowest', align: 'right' },
      { title: 'highest', align: 'right' },
    ],
    cells.map(({ model, rate, method, runs }) => {
      const top1 = runs.map((run) => run.top1)
      const rates = runs.map((run) => run.rate)
      const cell = (value: number, digits: number): string => value.toFixed(digits)
      return [
        model,
        `${String(rate)}x`,
        method,
        cell(mean(top1), 2),
        cell(deviation(top1), 2),
        cell(mean(runs.map((run) => run.top1 - run.float)), 2),
        cell(mean(rates), 3),
        cell(Math.min(...rates), 3),
        cell(Math.max(...rates), 3),
      ]
    }),
  )
}
