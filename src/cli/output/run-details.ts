import type { RunDetail } from '../../contract/entities'
import { finalKernelExtremes, formatBits, kernelExtremes, kernelWords } from '../../contract/kernel-widths'
import { slurmWords } from '../../contract/slurm'
import { formatBytes, formatDuration, formatPhase, formatRate, formatTime } from './format'
import { achievedRate, budgetText, newestCheckpoint, resultTable } from './run-result'
import { renderTable } from './table'

/** Everything about a run, for a person; `widths` are the newest bit-widths, in the order of its quantizers. */
export function runDetails(run: RunDetail, widths: readonly number[] | null): string {
  return `${[facts(run), results(run), widthChart(run, widths), checkpoints(run)].filter((part) => part !== '').join('\n\n')}\n`
}

function facts(run: RunDetail): string {
  const { environment, progress } = run
  const time = (ms: number | null): string | null => (ms === null ? null : formatTime(ms))
  const rows: readonly (readonly [string, string | null])[] = [
    ['run', run.id],
    ['name', run.name],
    ['status', `${run.status}${run.statusReason === null ? '' : `: ${run.statusReason}`}`],
    ['place', run.slurm === null || run.slurm === undefined ? null : slurmWords(run.slurm)],
    ['phase', `${formatPhase(run.phase)}, step ${run.step} of ${run.totalSteps}`],
    ['model', run.model],
    ['data', `${run.dataset} in ${run.dataDir}`],
    ['target rate', run.targetRate === null ? null : formatRate(run.targetRate)],
    ['created', time(run.createdAt)],
    ['started', time(run.startedAt)],
    ['ended', time(run.endedAt)],
    ['took', run.startedAt !== null && run.endedAt !== null ? formatDuration((run.endedAt - run.startedAt) / 1000) : null],
    ['time left', progress === null || progress.etaSeconds === null ? null : formatDuration(progress.etaSeconds)],
    ['device', progress?.device ?? environment?.device ?? null],
    [
      'runtime',
      environment === null
        ? null
        : `TensorFlow ${environment.tensorflow}, Node ${environment.node}, ${environment.platform}, ${environment.cpu}, ${environment.threads} threads`,
    ],
    ['folder', run.folder],
    ['checkpoint', newestCheckpoint(run)],
    ['repeat', run.command],
  ]
  return rows.flatMap(([label, value]) => (value === null ? [] : [`${label.padEnd(12)}${value}`])).join('\n')
}

function results(run: RunDetail): string {
  if (run.result === null) return ''
  const rate = achievedRate(run)
  const { budget } = run.result
  if (budget !== undefined) return resultTable(run.result.rows) + budgetText(budget, run.quantizers)
  return resultTable(run.result.rows) + (rate === null ? '' : `rate achieved ${formatRate(rate)}, wanted ${formatRate(run.result.targetRate)}`)
}

/** One bar a quantizer: a whole bit is two characters. */
function widthChart(run: RunDetail, widths: readonly number[] | null): string {
  if (widths === null || run.quantizers.length === 0) return ''
  return renderTable(
    [{ title: 'layer' }, { title: 'kind' }, { title: 'bits', align: 'right' }, { title: '' }],
    run.quantizers.map(({ layer, kind: of, kernels }, i) => {
      const extremes = (run.result && finalKernelExtremes(run.result, i)) ?? kernelExtremes(run.quantizers, i, widths)
      const kind = kernels === undefined ? of : `${of}, ${kernelWords(kernels, extremes)}`
      const bits = widths[i]
      if (bits === undefined) return [layer, kind, '–', '']
      return [layer, kind, formatBits(bits), '#'.repeat(Math.max(0, Math.round(bits * 2)))]
    }),
  ).trimEnd()
}

function checkpoints(run: RunDetail): string {
  if (run.checkpoints.length === 0) return ''
  const rows = run.checkpoints.map((c) => [String(c.step), formatPhase(c.phase), formatBytes(c.sizeBytes), formatTime(c.createdAt), c.file])
  return renderTable(
    [{ title: 'step', align: 'right' }, { title: 'phase' }, { title: 'size', align: 'right' }, { title: 'written' }, { title: 'checkpoint' }],
    rows,
  ).trimEnd()
}
