import { join } from 'node:path'
import type { BudgetOutcome, QuantizerInfo, ResultRow, RunDetail } from '../../contract/entities'
import { formatCount, formatDuration, formatPercent, formatRate, formatSize } from './format'
import { hint } from './hint'
import { renderTable } from './table'

const ROW_NAMES: Readonly<Record<ResultRow['kind'], string>> = { fp32: 'FP32', int8: 'INT8', rounded: 'rounded', uniform: 'uniform', mixed: 'mixed' }

/** Absolute path of the newest checkpoint, or null. */
export function newestCheckpoint(run: RunDetail): string | null {
  const newest = run.checkpoints.reduce<RunDetail['checkpoints'][number] | null>((best, c) => (best === null || c.id > best.id ? c : best), null)
  return newest === null ? null : join(run.folder, newest.file)
}

/** INT8 cost / cost of the mixed model, by what the run's budget counts, where there is one. */
export const achievedRate = ({ result }: RunDetail): number | null => result?.budget?.rate ?? result?.rows.find((row) => row.kind === 'mixed')?.rate ?? null

/** FP32, INT8 and mixed precision side by side. */
export function resultTable(rows: readonly ResultRow[]): string {
  return renderTable(
    [
      { title: 'model' },
      { title: 'top-1', align: 'right' },
      { title: 'top-5', align: 'right' },
      { title: 'size in bits', align: 'right' },
      { title: 'size', align: 'right' },
      { title: 'rate', align: 'right' },
      { title: 'how' },
    ],
    rows.map((row) => [
      ROW_NAMES[row.kind],
      formatPercent(row.top1),
      formatPercent(row.top5),
      formatCount(row.sizeBits),
      formatSize(row.sizeBits),
      formatRate(row.rate),
      row.note,
    ]),
  )
}

const BUDGETS: Readonly<Record<BudgetOutcome['kind'], string>> = { model_size: 'size', bitops: 'bit operations', hardware: 'cost on the device' }

/** What the integer widths cost against the budget, and which of them plain rounding would have had otherwise. */
export function budgetText(budget: BudgetOutcome, quantizers: readonly QuantizerInfo[]): string {
  const { kind, method, cost, limit, unit, rate, targetRate, flips, kernelFlips = 0 } = budget
  const head = `budget ${BUDGETS[kind]}: ${formatCount(Math.round(cost))} of ${formatCount(Math.floor(limit))} ${unit}, rate ${formatRate(rate)} for ${formatRate(targetRate)} (${method} rounding)`
  if (method === 'plain') return head
  if (flips.length + kernelFlips === 0) return `${head}; plain rounding gives the same widths`
  const kernels = kernelFlips === 0 ? [] : [`  ${formatCount(kernelFlips)} kernels`]
  return `${head}; otherwise than by plain rounding:\n${[...kernels, ...flips.map(({ quantizer, from, to }) => `  ${quantizers[quantizer]?.id ?? String(quantizer)}  ${from} -> ${to} bits`)].join('\n')}`
}

/** How a run ended, for a person. */
export function runReport(run: RunDetail): string {
  const seconds = run.startedAt === null ? null : ((run.endedAt ?? run.startedAt) - run.startedAt) / 1000
  const lines = [
    `${run.name} (${run.id}) ${run.status}${seconds === null ? '' : ` after ${formatDuration(seconds)}`}${run.statusReason === null ? '' : `: ${run.statusReason}`}`,
  ]
  if (run.result !== null) {
    lines.push('', resultTable(run.result.rows).trimEnd())
    const rate = achievedRate(run)
    if (rate !== null) lines.push('', `Rate achieved ${formatRate(rate)}, wanted ${formatRate(run.result.targetRate)}.`)
  }
  const checkpoint = newestCheckpoint(run)
  if (checkpoint !== null) lines.push(`Checkpoint: ${checkpoint}`)
  if (run.status !== 'finished') lines.push(`Go on with: ${hint(`resume ${run.id}`)}`)
  return `${lines.join('\n')}\n`
}

/** How a run ended, for a script: the last line of `--json`. */
export function runSummary(run: RunDetail, exitCode: number): Record<string, unknown> {
  const row = (kind: ResultRow['kind']): Record<string, unknown> | null => {
    const found = run.result?.rows.find((r) => r.kind === kind)
    return found === undefined
      ? null
      : { top1: found.top1, top5: found.top5, loss: found.loss, images: found.images, sizeBits: found.sizeBits, rate: found.rate, note: found.note }
  }
  return {
    type: 'summary',
    runId: run.id,
    name: run.name,
    status: run.status,
    reason: run.statusReason,
    fp32: row('fp32'),
    int8: row('int8'),
    mixed: row('mixed'),
    targetRate: run.result?.targetRate ?? run.targetRate,
    achievedRate: achievedRate(run),
    widths: run.result?.widths ?? null,
    ...(run.result?.kernelWidths === undefined ? {} : { kernelWidths: run.result.kernelWidths }),
    budget: run.result?.budget ?? null,
    checkpoint: newestCheckpoint(run),
    folder: run.folder,
    seconds: run.startedAt === null || run.endedAt === null ? null : (run.endedAt - run.startedAt) / 1000,
    exitCode,
  }
}
