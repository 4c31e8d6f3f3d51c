import { createReadStream } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import type { BundleCheckpoints } from '../../contract/bundles'
import type { Checkpoint } from '../../contract/entities'
import { StudioError } from '../../contract/errors'
import type { RunRecord } from '../../store/repositories/runs'
import type { Store } from '../../store/store'
import { createRedactor } from '../../util/redact'
import { newestUsable } from '../checkpoint-choice'
import { configTextOf } from '../child-run'
import { type BundledRun, ENDED, entryName, KEPT_FILES, LINE_ITEMS } from './bundle-format'
import type { ZipContent } from './zip-writer'

/** Checkpoints of a run that go along. Rejects with CHECKPOINT_CORRUPT where the newest is asked for and no file is whole. */
export async function chosenCheckpoints(store: Store, run: RunRecord, which: BundleCheckpoints): Promise<readonly Checkpoint[]> {
  if (which === 'none') return []
  const recorded = await store.checkpoints.list(run.id)
  if (which === 'all' || recorded.length === 0) return recorded
  const newest = await newestUsable(run.folder, recorded)
  if (newest !== null) return [newest]
  throw new StudioError('CHECKPOINT_CORRUPT', `No checkpoint of "${run.name}" is whole. Export it without checkpoints.`)
}

/** All files of one run in a bundle. Folders of a person's home are written as `~`; the configuration stays as it was given. */
export async function runContents(store: Store, run: RunRecord, checkpoints: readonly Checkpoint[]): Promise<ZipContent[]> {
  const redact = createRedactor()
  const named = (path: string, open: ZipContent['open'], compress = true): ZipContent => ({ name: entryName(run.id, path), compress, open })
  const text = (value: () => Promise<string>) =>
    async function* () {
      yield await value()
    }
  const kept = await Promise.all(KEPT_FILES.map(async (path) => ((await isFile(join(run.folder, path))) ? [path] : [])))
  return [
    named(
      'run.json',
      text(async () => JSON.stringify(await recordOf(store, run, checkpoints, redact))),
    ),
    named(
      'config.json',
      text(() => configTextOf(run).catch(() => JSON.stringify(run.config, null, 2))),
    ),
    named('metrics.jsonl', () => metricLines(store, run.id)),
    named('widths.jsonl', () => widthLines(store, run.id)),
    named('gradients.jsonl', () => gradientLines(store, run.id)),
    named('log.jsonl', () => logLines(store, run.id, redact)),
    ...kept.flat().map((path) => named(path, () => createReadStream(join(run.folder, path)))),
    // Weights hardly get smaller, and what is stored cannot be a bomb.
    ...checkpoints.map(({ file }) => named(file, () => createReadStream(join(run.folder, file)), false)),
  ]
}

async function recordOf(store: Store, run: RunRecord, checkpoints: readonly Checkpoint[], redact: (text: string) => string): Promise<BundledRun> {
  const { notes, tags, starred, parent, repeats, frozenStep } = await store.annotations.get(run.id)
  const { folder: _folder, status, ...record } = run
  const ended = ENDED.find((one) => one === status)
  if (ended === undefined) throw new StudioError('CONFLICT', `"${run.name}" has been started meanwhile. Export it when it has ended.`)
  return {
    ...record,
    status: ended,
    statusReason: run.statusReason === null ? null : redact(run.statusReason),
    dataDir: redact(run.dataDir),
    ...{ notes, tags, starred, parent, repeats, frozenStep },
    checkpoints: checkpoints.map(({ id: _id, runId: _runId, ...checkpoint }) => checkpoint),
  }
}

const isFile = (path: string): Promise<boolean> =>
  lstat(path).then(
    (found) => found.isFile(),
    () => false,
  )

const line = (value: unknown): string => `${JSON.stringify(value)}\n`

async function* metricLines(store: Store, runId: string): AsyncGenerator<string> {
  for (const key of await store.metrics.keys(runId)) {
    for (let after = -1; ;) {
      const page = await store.metrics.page(runId, key, after, LINE_ITEMS.metrics)
      if (page.steps.length > 0) yield line(page)
      if (page.steps.length < LINE_ITEMS.metrics) break
      after = page.steps.at(-1) ?? after
    }
  }
}

async function* widthLines(store: Store, runId: string): AsyncGenerator<string> {
  for (let after = -1; ;) {
    const page = await store.widths.page(runId, after, LINE_ITEMS.widths)
    if (page.steps.length > 0) yield line(page)
    if (page.steps.length < LINE_ITEMS.widths) break
    after = page.steps.at(-1) ?? after
  }
}

async function* gradientLines(store: Store, runId: string): AsyncGenerator<string> {
  for (let after = -1; ;) {
    const rows = await store.widthGradients.page(runId, after, LINE_ITEMS.gradients)
    if (rows.length > 0) yield line(rows)
    if (rows.length < LINE_ITEMS.gradients) break
    after = rows.at(-1)?.to ?? after
  }
}

async function* logLines(store: Store, runId: string, redact: (text: string) => string): AsyncGenerator<string> {
  for (let after = 0; ;) {
    const entries = await store.logs.page(runId, after, LINE_ITEMS.log)
    if (entries.length > 0) yield line(entries.map(({ time, level, message }) => ({ time, level, message: redact(message) })))
    if (entries.length < LINE_ITEMS.log) break
    after = entries.at(-1)?.seq ?? after
  }
}
