import { Command } from 'commander'
import type { ComparedResult, OwnResult, PublishedResult } from '../../contract/published'
import type { CliContext, CommonOptions } from '../context'
import { EXIT } from '../exit-codes'
import { formatCount, formatPercent, formatRate } from '../output/format'
import { renderTable } from '../output/table'
import { runWithSession, withCommonOptions } from '../run-command'

export function publishedCommand(context: CliContext): Command {
  const command = new Command('published').description('the published FracBits and INT8 results beside what this workspace reached')
  return withCommonOptions(command).action((options: CommonOptions) =>
    runWithSession(context, options, async ({ client }) => {
      const { results } = await client.call('configs.published', {})
      if (options.json === true) for (const result of results) context.io.out.write(`${JSON.stringify({ type: 'published', ...result })}\n`)
      else context.io.out.write(publishedTable(results))
      return EXIT.ok
    }),
  )
}

const drop = (value: number | null | undefined): string => (value === null || value === undefined ? '–' : value.toFixed(2))
const publishedCells = (published: PublishedResult | null): string[] => [formatPercent(published?.top1), drop(published?.drop), formatRate(published?.rate)]

function ownCells(own: OwnResult | null): string[] {
  if (own === null) return ['not run', '', '', '', '']
  return [formatPercent(own.top1), drop(own.drop), formatRate(own.rate), formatCount(own.images), `${own.runId}${own.fractional ? ' (fractional widths)' : ''}`]
}

/** One line a shipped configuration: published on the left, this workspace on the right. `drop` = FP32 minus this, in percentage points. */
export function publishedTable(results: readonly ComparedResult[]): string {
  return renderTable(
    [
      { title: 'configuration' },
      { title: 'published', align: 'right' },
      { title: 'drop', align: 'right' },
      { title: 'rate', align: 'right' },
      { title: 'yours', align: 'right' },
      { title: 'drop', align: 'right' },
      { title: 'rate', align: 'right' },
      { title: 'images', align: 'right' },
      { title: 'run' },
    ],
    results.map(({ preset, published, own }) => [preset, ...publishedCells(published), ...ownCells(own)]),
  )
}
