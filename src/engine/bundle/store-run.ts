import { join } from 'node:path'
import type { Transaction } from '../../store/database'
import type { Store } from '../../store/store'
import { exists } from '../../util/exists'
import { ELSEWHERE } from '../images-elsewhere'
import { type BundledRun, entryName, GradientLine, LogLine, MetricLine, WidthLine } from './bundle-format'
import { jsonLines } from './json-lines'
import { unpackedPath } from './unpack-bundle'

interface Unpacked {
  readonly run: BundledRun
  /** Where its files were unpacked: a folder with one folder a run. */
  readonly staging: string
  /** Where its folder will be. */
  readonly folder: string
  readonly importedAt: number
  readonly appVersion: string
}

/** Puts a run with all it has recorded into the database, under its own id. */
export async function storeRun(store: Store, transaction: Transaction, { run, staging, folder, importedAt, appVersion }: Unpacked): Promise<void> {
  const {
    id,
    checkpoints,
    notes,
    tags,
    starred,
    frozenStep,
    dataDir,
    status,
    statusReason,
    phase,
    step,
    totalSteps,
    startedAt,
    endedAt,
    result,
    quantizers,
    environment,
    ...rest
  } = run
  await store.runs.insert(transaction, { ...rest, id, status, phase, step, totalSteps, folder, dataDir: ELSEWHERE })
  const lines = (path: string) => [unpackedPath(staging, id, path), entryName(id, path)] as const
  const [metrics, metricsName] = lines('metrics.jsonl')
  for await (const series of jsonLines(metrics, MetricLine, metricsName)) await store.metrics.append(transaction, id, [series])
  const [widths, widthsName] = lines('widths.jsonl')
  for await (const history of jsonLines(widths, WidthLine, widthsName)) await store.widths.append(transaction, id, history)
  const [gradients, gradientsName] = lines('gradients.jsonl')
  // Bundles of older versions have none.
  if (await exists(gradients)) for await (const rows of jsonLines(gradients, GradientLine, gradientsName)) await store.widthGradients.append(transaction, id, rows)
  const [log, logName] = lines('log.jsonl')
  for await (const entries of jsonLines(log, LogLine, logName)) await store.logs.append(transaction, id, entries)
  const from = dataDir === ELSEWHERE ? '' : ` Its images were in ${dataDir}.`
  await store.logs.append(transaction, id, [
    { time: importedAt, level: 'info', message: `Imported from a bundle of FracBits Studio ${appVersion}.${from}` },
  ])
  for (const checkpoint of checkpoints) await store.checkpoints.insert(transaction, { runId: id, ...checkpoint })
  // Last: what was true at the freeze is read from the points.
  await store.runs.update(transaction, id, {
    statusReason,
    startedAt,
    endedAt,
    result,
    quantizers,
    environment,
    ...(frozenStep === null ? {} : { frozenStep }),
  })
  await store.annotations.change(transaction, [id], { notes, starred, addTags: tags }, importedAt)
}

/** Files that every run of a bundle has beside its configuration, whatever its format. */
export const REQUIRED_FILES: readonly string[] = ['config.json', 'run.json', 'metrics.jsonl', 'widths.jsonl', 'log.jsonl']

/** Files that serve the import only; the rest of a run's folder stays. */
export const TRANSPORT_FILES: readonly string[] = ['run.json', 'metrics.jsonl', 'widths.jsonl', 'gradients.jsonl', 'log.jsonl']

export const runFolder = (workspace: string, runId: string): string => join(workspace, 'runs', runId)
