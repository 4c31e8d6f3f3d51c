import { rm, stat } from 'node:fs/promises'
import { basename, isAbsolute, join } from 'node:path'
import type { ImportedLogs } from '../../contract/bundles'
import type { BitWidthHistory, RunEnvironment, RunSummary, SeriesColumns } from '../../contract/entities'
import { StudioError } from '../../contract/errors'
import { writeRunFolder } from '../child-run'
import type { TrainingConfig } from '../../contract/training-config'
import { ELSEWHERE } from '../images-elsewhere'
import { wantedRate } from '../run-creation'
import type { EngineDeps } from '../types'
import { findEventFiles } from './find-event-files'
import { type LearnedWidths, learnedWidths } from './learned-widths'
import { logConfiguration } from './log-configuration'
import { placeValidation } from './place-validation'
import { readScalars } from './read-scalars'

interface Deps extends Pick<EngineDeps, 'store' | 'workspace' | 'appVersion' | 'describeNetwork'> {
  readonly newId: () => string
  readonly now: () => number
}

const LONGEST_NAME = 120
/** Points that are stored at a time. */
const PIECE = 20_000
const ROWS = 500
const PLACED = ' Points of validation were moved from the step that the files have (validation batches times epochs) to the end of their epoch.'

/** Makes a finished run of the scalars in a folder's event files. Rejects with BAD_INPUT, DATA_MISSING, DATA_CORRUPT. */
export async function importLogs(deps: Deps, folder: string): Promise<Omit<ImportedLogs, 'runId' | 'name'> & { readonly run: RunSummary }> {
  const { store, workspace, appVersion, newId, now } = deps
  await requireFolder(folder)
  const found = await findEventFiles(folder)
  const { series: read, points, began, ended, notices: unread } = await readScalars(found)
  if (points === 0) throw new StudioError('DATA_CORRUPT', `The event files in ${folder} hold no scalars. ${unread.join(' ')}`.trim())
  const configuration = await logConfiguration([folder, found.folder])
  const placed = configuration.config === null ? null : placeValidation(read, configuration.config.test_every_n_epochs)
  const series = placed ?? read
  const notices = [...unread, ...(configuration.notice === null ? [] : [configuration.notice])]

  const id = newId()
  const [importedAt, step] = [now(), series.reduce((last, { steps }) => Math.max(last, steps.at(-1) ?? 0), 0)]
  const { config, model, dataset } = configuration
  const { targetRate, learned } = config === null ? NOTHING_KNOWN : knownOf(deps, config, series)
  const name = (basename(folder) || 'Imported logs').slice(0, LONGEST_NAME)
  const summary = { id, name, model, dataset, status: 'finished', phase: 'done', step, totalSteps: step, createdAt: importedAt, targetRate } as const
  const run: RunSummary = { ...summary, statusReason: null, startedAt: began, endedAt: ended, result: null }
  const at = join(workspace, 'runs', id)
  await writeRunFolder(at, configuration.text)
  const files = found.files.length
  try {
    await store.transaction(async (transaction) => {
      await store.runs.insert(transaction, { ...summary, config: config ?? {}, dataDir: ELSEWHERE, folder: at, workers: 1 })
      for (const piece of pieces(series)) await store.metrics.append(transaction, id, [piece])
      for (const piece of rows(learned)) await store.widths.append(transaction, id, piece)
      const said = `Imported from ${files === 1 ? 'an event file' : `${files} event files`} in ${folder}.${placed === null ? '' : PLACED}`
      const entries = [{ level: 'info', message: said } as const, ...notices.map((message) => ({ level: 'warning', message }) as const)]
      await store.logs.append(
        transaction,
        id,
        entries.map((entry) => ({ time: importedAt, ...entry })),
      )
      await store.runs.update(transaction, id, {
        startedAt: began,
        endedAt: ended,
        environment: environment(appVersion),
        ...(learned === null ? {} : { quantizers: learned.quantizers }),
      })
    })
  } catch (error) {
    await rm(at, { recursive: true, force: true })
    throw error
  }
  return { run, files, series: series.length, points, notices }
}

interface Known {
  readonly targetRate: number | null
  readonly learned: LearnedWidths | null
}
const NOTHING_KNOWN: Known = { targetRate: null, learned: null }

/** What the curves mean for the network of the configuration. A table of costs that lies in a file is of another machine. */
function knownOf(deps: Deps, config: TrainingConfig, series: readonly SeriesColumns[]): Known {
  if (config.compression?.hardware !== undefined) return NOTHING_KNOWN
  try {
    return { targetRate: wantedRate(config, deps), learned: learnedWidths(series, deps.describeNetwork(config)) }
  } catch (error) {
    if (error instanceof StudioError && error.code === 'CONFIG_INVALID') return NOTHING_KNOWN
    throw error
  }
}

async function requireFolder(folder: string): Promise<void> {
  if (!isAbsolute(folder)) throw new StudioError('BAD_INPUT', `"${folder}" is not an absolute path. Name the whole path of the folder.`)
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (!isFolder) throw new StudioError('DATA_MISSING', `The folder ${folder} does not exist. Choose the one that holds the event files.`)
}

/** Where it ran is not in the files. */
const environment = (appVersion: string): RunEnvironment => ({
  appVersion,
  node: 'unknown',
  tensorflow: 'unknown',
  platform: 'unknown',
  cpu: 'unknown',
  threads: 0,
  device: 'elsewhere (imported logs)',
})

function* pieces(series: readonly SeriesColumns[]): Generator<SeriesColumns> {
  for (const { key, steps, values } of series)
    for (let at = 0; at < steps.length; at += PIECE) yield { key, steps: steps.slice(at, at + PIECE), values: values.slice(at, at + PIECE) }
}

function* rows(learned: LearnedWidths | null): Generator<BitWidthHistory> {
  const { steps, widths } = learned?.history ?? { steps: [], widths: [] }
  for (let at = 0; at < steps.length; at += ROWS) yield { steps: steps.slice(at, at + ROWS), widths: widths.slice(at, at + ROWS) }
}
