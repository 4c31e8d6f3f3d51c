import { Command } from 'commander'
import type { Comparison } from '../../contract/comparison'
import { finalRow } from '../../contract/comparison/final-row'
import { pairedTest, pairedTestWords } from '../../contract/comparison/paired-test'
import { StudioError } from '../../contract/errors'
import { formatBits } from '../../contract/kernel-widths'
import type { CliContext, CommonOptions } from '../context'
import { EXIT } from '../exit-codes'
import { findRun } from '../find-run'
import { formatPercent, formatRate, formatSize } from '../output/format'
import { renderTable } from '../output/table'
import { runWithSession, withCommonOptions } from '../run-command'

export function compareCommand(context: CliContext): Command {
  const command = new Command('compare')
    .description('put two to fifty runs side by side: results, what differs in their configurations, and bit-widths by layer')
    .argument('<runs...>', 'ids of the runs, their first characters, or names')
  return withCommonOptions(command).action((prefixes: string[], options: CommonOptions) =>
    runWithSession(context, options, async ({ client }) => {
      if (prefixes.length < 2 || prefixes.length > 50) throw new StudioError('BAD_INPUT', 'Name two to fifty runs to compare.')
      const runIds: string[] = []
      for (const prefix of prefixes) runIds.push((await findRun(client, prefix)).id)
      const comparison = await client.call('compare.overview', { runIds })
      const verdict = verdictOf(comparison)
      context.io.out.write(options.json === true ? `${JSON.stringify({ type: 'comparison', ...comparison, verdict })}\n` : comparisonText(comparison, verdict))
      return EXIT.ok
    }),
  )
}

/** Where the runs belong to two groups of repeats: which is better, in words. */
function verdictOf({ runs }: Comparison): string | null {
  const groups = [...new Set(runs.flatMap(({ repeats }) => repeats ?? []))]
  const [a, b] = groups
  if (a === undefined || b === undefined || groups.length !== 2) return null
  const bySeed = (name: string): ReadonlyMap<string, number> =>
    new Map(
      runs.flatMap(({ repeats, seed, result }): [string, number][] => {
        const top1 = finalRow(result)?.top1
        return repeats === name && top1 !== undefined ? [[String(seed ?? 0), top1]] : []
      }),
    )
  return pairedTestWords(a, b, pairedTest(bySeed(a), bySeed(b)))
}

function comparisonText({ runs, config, layers }: Comparison, verdict: string | null): string {
  const short = runs.map(({ id }) => id.slice(-5))
  const results = renderTable(
    [{ title: 'run' }, { title: 'name' }, { title: 'status' }, { title: 'FP32', align: 'right' }, { title: 'integer', align: 'right' }, { title: 'rate', align: 'right' }, { title: 'size', align: 'right' }],
    runs.map(({ name, status, result }, index) => {
      const final = finalRow(result)
      const float = result?.rows.find(({ kind }) => kind === 'fp32')
      return [short[index] ?? '', name, status, formatPercent(float?.top1), formatPercent(final?.top1), formatRate(final?.rate), final === null ? '–' : formatSize(final.sizeBits)]
    }),
  )
  const head = [{ title: 'key' }, ...short.map((title) => ({ title, align: 'right' as const }))]
  const differing = config.filter(({ differs }) => differs)
  const differences =
    differing.length === 0
      ? 'Their configurations are the same.\n'
      : renderTable(
          head,
          differing.map(({ key, values }) => [key, ...values.map((value) => String(value ?? '–'))]),
        )
  const weights = layers.filter(({ kind, bits }) => kind === 'weight' && bits.some((one) => one !== null))
  const widths =
    weights.length === 0
      ? ''
      : `\n${renderTable(
          [{ title: 'layer' }, ...head.slice(1)],
          weights.map(({ layer, bits }) => [layer, ...bits.map((one) => (one === null ? '–' : formatBits(one)))]),
        )}`
  const means = weights.some(({ kernels }) => kernels !== undefined) ? 'A width with a fraction is the mean of a layer’s kernels.\n' : ''
  return `${results}\n${differences}${widths}${means}${verdict === null ? '' : `\n${verdict}\n`}`
}
