import { Command } from 'commander'
import type { RunSort, RunTableRow } from '../../contract/run-table'
import type { CliContext, CommonOptions } from '../context'
import { EXIT } from '../exit-codes'
import { eachRun } from '../find-run'
import { formatPercent, formatRate, formatTime } from '../output/format'
import { hint } from '../output/hint'
import { renderTable } from '../output/table'
import { runWithSession, withCommonOptions } from '../run-command'
import { wholeNumber } from '../whole-number'

interface ListOptions extends CommonOptions {
  readonly filter?: string
  readonly sort?: RunSort[]
  readonly columns?: string[]
  readonly limit?: number
  readonly archived?: boolean
}

const COLUMNS = ['model', 'status', 'progress', 'result.fp32.top1', 'result.mixed.top1', 'result.mixed.rate', 'created'] as const
const PAGE = 500

const HELP = `
Filters: conditions such as  status = finished  val/top1:best > 90  config.seed = 3  tag = baseline  starred
  joined by and, or, not and parentheses; a word on its own is looked for in names, tags and notes.
  = != < <= > >= compare, ~ and !~ ask whether a text is contained.
Fields: what every run has (name, status, model, created, duration, target, tag ...), config.KEY, result.fp32|int8|mixed.top1|rate|sizeBits,
  and metrics such as val/top1, with :best :min :max :freeze behind them.`

export function listCommand(context: CliContext): Command {
  const command = new Command('list')
    .description('list the runs of the workspace, newest first')
    .argument('[filter...]', 'which runs; all when left out')
    .option('--sort <field>', 'by a field; a minus before it turns the order round (-val/top1:best)', (text: string, before: RunSort[] = []) => [
      ...before,
      { key: text.replace(/^-/, ''), descending: text.startsWith('-') },
    ])
    .option('--columns <fields>', 'what to show of each run, separated by commas', (text: string) => text.split(',').filter((key) => key !== ''))
    .option('--limit <n>', 'at most so many', wholeNumber(1, 1_000_000))
    .option('--archived', 'those that were archived')
    .addHelpText('after', HELP)
  return withCommonOptions(command).action((words: string[], options: ListOptions) =>
    runWithSession(context, options, async ({ client, workspace }) => {
      const filter = words.join(' ')
      const plain = filter === '' && options.sort === undefined && options.columns === undefined && options.limit === undefined && options.archived !== true
      if (plain && options.json === true) {
        for await (const run of eachRun(client)) context.io.out.write(`${JSON.stringify({ type: 'run', ...run })}\n`)
        return EXIT.ok
      }
      const columns = options.columns ?? [...COLUMNS]
      const most = options.limit ?? Number.MAX_SAFE_INTEGER
      const rows: RunTableRow[] = []
      for (;;) {
        const page = await client.call('runs.table', {
          filter,
          columns,
          sort: options.sort ?? [],
          shelf: options.archived === true ? 'archived' : 'active',
          offset: rows.length,
          limit: Math.min(PAGE, most - rows.length),
        })
        rows.push(...page.rows)
        if (page.rows.length < PAGE || rows.length >= most) break
      }
      if (options.json === true)
        for (const { cells, ...run } of rows)
          context.io.out.write(`${JSON.stringify({ type: 'run', ...run, values: Object.fromEntries(columns.map((key, index) => [key, cells[index] ?? null])) })}\n`)
      else if (rows.length === 0)
        context.io.out.write(plain ? `No runs yet in ${workspace}. "${hint('demo')}" makes the first.\n` : 'No run matches.\n')
      else context.io.out.write(runsTable(rows, columns))
      return EXIT.ok
    }),
  )
}

const TITLES: Readonly<Record<string, string>> = { progress: 'done', 'result.fp32.top1': 'FP32', 'result.mixed.top1': 'mixed', 'result.mixed.rate': 'rate' }

/** One cell as a person reads it. */
export function cellWords(key: string, value: RunTableRow['cells'][number]): string {
  if (value === null) return '–'
  if (typeof value === 'string') return value
  if (['created', 'started', 'ended'].includes(key)) return formatTime(value)
  if (key === 'progress') return `${Math.floor(value)}%`
  if (/top[15](:|$)/.test(key)) return formatPercent(value)
  if (/(^target|\brate)(:|$)/.test(key)) return formatRate(value)
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(5)))
}

function runsTable(rows: readonly RunTableRow[], columns: readonly string[]): string {
  const isNumber = (index: number): boolean => rows.some(({ cells }) => typeof cells[index] === 'number') && !['created', 'started', 'ended'].includes(columns[index] ?? '')
  return renderTable(
    [
      { title: 'id' },
      { title: 'name' },
      ...columns.map((key, index) => ({ title: TITLES[key] ?? key, ...(isNumber(index) ? { align: 'right' as const } : {}) })),
    ],
    rows.map(({ id, name, cells }) => [id, name, ...columns.map((key, index) => cellWords(key, cells[index] ?? null))]),
  )
}
