import type { BundleContents } from '../../../src/contract/bundles'
import type { Baselines } from '../../../src/contract/baselines'
import type { WhatIfFacts } from '../../../src/contract/what-if'
import type { WeightHistogram } from '../../../src/contract/weight-histogram'
import type { DatasetSummary } from '../../../src/contract/dataset-entities'
import type { DoctorCheck, Preset, RunEvent } from '../../../src/contract/api'
import type { BitWidthHistory, LogEntry, QuantizerInfo, RunDetail, RunSummary, SeriesColumns } from '../../../src/contract/entities'
import { StudioError, type ConfigIssue } from '../../../src/contract/errors'
import type { RunConfusion } from '../../../src/contract/confusion'
import type { SlurmOffer } from '../../../src/contract/slurm'
import type { ComparedResult } from '../../../src/contract/published'
import type { RuntimeFinding, RuntimePack } from '../../../src/contract/runtimes'
import type { ExportRecord } from '../../../src/contract/exports'
import type { Channel } from '../../../src/rpc/channel'
import { createIdempotencyCache } from '../../../src/rpc/idempotency'
import { createServerPeer, type Handlers } from '../../../src/rpc/server-peer'
import { ScriptedConfigurations } from './scripted-configurations'
import { tableHandlers } from './scripted-table'

export interface ScriptedRun {
  detail: RunDetail
  series: Map<string, { steps: number[]; values: (number | null)[] }>
  widths: BitWidthHistory
  log: LogEntry[]
}

/**
 * For tests only: answers the contract from tables that the test fills, behind the real peer. It trains nothing;
 * a test says what happens by `emit`, which records the event and tells whoever listens.
 */
export class ScriptedEngine {
  readonly runs = new Map<string, ScriptedRun>()
  published: readonly ComparedResult[] = []
  presets: Preset[] = []
  weights: WeightHistogram[] = []
  whatIf: WhatIfFacts = { terms: [], widths: [], sensitivities: null }
  baselines: Baselines = { baselines: [], missing: [], verdict: null }
  exports: ExportRecord[] = []
  datasets: DatasetSummary[] = []
  /** Of runs by id, in the order of their result tables. */
  readonly confusions = new Map<string, RunConfusion[]>()
  /** What every bundle holds; null: no file is one. */
  bundle: BundleContents | null = null
  checks: DoctorCheck[] = []
  slurm: SlurmOffer = { available: false, version: null, partitions: [], sentence: 'This machine submits to no Slurm cluster: there is no sbatch.' }
  runtimes: RuntimePack[] = [makeRuntime()]
  /** What a probe of a runtime finds. */
  findings = new Map<string, RuntimeFinding>()
  private readonly runtimeListeners = new Set<() => void>()
  readonly configurations = new ScriptedConfigurations()
  demoData = { available: true, directory: '/data/fashion-mnist', problem: null as string | null }
  validate: (text: string) => ConfigIssue[] = () => []
  /** Names of commands that were carried out, with their input. */
  readonly commands: { name: string; input: unknown }[] = []
  onCommand: (name: string, input: { runId?: string }) => void = () => undefined
  private readonly listeners = new Set<(event: RunEvent) => void>()
  private readonly idempotency = createIdempotencyCache()

  serve(channel: Channel): void {
    createServerPeer({ channel, handlers: this.handlers(), idempotency: this.idempotency, app: 'scripted engine' })
  }

  get listening(): number {
    return this.listeners.size
  }

  addRun(detail: RunDetail): ScriptedRun {
    const run: ScriptedRun = { detail, series: new Map(), widths: { steps: [], widths: [] }, log: [] }
    this.runs.set(detail.id, run)
    return run
  }

  emit(event: RunEvent): void {
    const run = this.runs.get(event.runId)
    if (run !== undefined) record(run, event)
    for (const tell of this.listeners) tell(event)
  }

  /** The runtimes are these now. */
  setRuntimes(runtimes: RuntimePack[]): void {
    this.runtimes = runtimes
    for (const tell of this.runtimeListeners) tell()
  }

  private async *followRuntimes(signal: AbortSignal): AsyncGenerator<{ runtimes: RuntimePack[] }[]> {
    while (!signal.aborted) {
      const changed = new Promise<void>((resolve) => {
        this.runtimeListeners.add(resolve)
        signal.addEventListener('abort', () => resolve())
      })
      yield [{ runtimes: this.runtimes }]
      await changed
    }
  }

  private run(runId: string): ScriptedRun {
    const run = this.runs.get(runId)
    if (run === undefined) throw new StudioError('NOT_FOUND', `There is no run ${runId} in this workspace.`)
    return run
  }

  private dataset(datasetId: string): DatasetSummary {
    const dataset = this.datasets.find(({ id }) => id === datasetId)
    if (dataset === undefined) throw new StudioError('NOT_FOUND', `There is no data set "${datasetId}" in this workspace.`)
    return dataset
  }

  /** As if the first run had come with it. */
  private imported(name: string, input: object): { runs: [{ id: string; name: string }]; checkpoints: number; comparison: null } {
    this.commands.push({ name, input })
    const [first] = this.runs.values()
    if (first === undefined) throw new StudioError('DATA_CORRUPT', 'The bundle is damaged: runs/x/run.json is not what was written.')
    return { runs: [{ id: first.detail.id, name: first.detail.name }], checkpoints: 1, comparison: null }
  }

  private noImage(): never {
    throw new StudioError('NOT_FOUND', 'The data set has no such image.')
  }

  private command(name: string, input: { readonly runId?: string; readonly datasetId?: string; readonly name?: string }): Record<string, never> {
    this.commands.push({ name, input })
    this.onCommand(name, input)
    return {}
  }

  private handlers(): Handlers {
    return {
      ...tableHandlers(
        () => [...this.runs.values()].map(({ detail }) => detail),
        (name, input) => this.commands.push({ name, input }),
      ),
      'app.info': () => ({ version: '0.1.0', workspace: '/home/ada/.local/share/fracbits-studio', enginePid: 4711, subscriptions: 1, demoData: this.demoData }),
      'app.doctor': () => ({ checks: this.checks }),
      'app.slurm': () => this.slurm,
      ...this.configurations.handlers(),
      'configs.presets': () => ({ presets: this.presets }),
      'configs.published': () => ({ results: [...this.published] }),
      'configs.validate': ({ text }) => ({ issues: this.validate(text) }),
      'runs.list': ({ limit }) => ({
        runs: [...this.runs.values()]
          .map((run) => summaryOf(run.detail))
          .sort((a, b) => b.createdAt - a.createdAt)
          .slice(0, limit),
        next: null,
      }),
      'runs.get': ({ runId }) => this.run(runId).detail,
      'runs.confusion': ({ runId, kind }) => {
        const kept = this.confusions.get(runId) ?? []
        const found = kept.find((one) => one.kind === kind) ?? (kind === null ? kept.at(-1) : undefined)
        if (found === undefined) throw new StudioError('NOT_FOUND', 'The answers of this run to single images were not kept. Train again to count them.')
        return found
      },
      'runs.create': (input) => {
        this.commands.push({ name: 'runs.create', input })
        const first = [...this.runs.values()][0]
        if (first === undefined)
          throw new StudioError('DATA_MISSING', 'There are no images in that folder. Choose the folder that holds the data set.')
        return { runId: first.detail.id }
      },
      'runs.pause': (input) => this.command('runs.pause', input),
      'runs.resume': (input) => this.command('runs.resume', input),
      'runs.stop': (input) => this.command('runs.stop', input),
      'runs.weights': () => ({ layers: this.weights }),
      'whatIf.facts': () => this.whatIf,
      'whatIf.evaluate': (input) => {
        this.command('whatIf.evaluate', input)
        return { top1: 90.5, top5: 99, loss: 0.3, images: 100 }
      },
      'whatIf.fineTune': (input) => {
        this.command('whatIf.fineTune', input)
        return { runId: input.runId }
      },
      'runs.baselines': () => this.baselines,
      'runs.setImages': (input) => this.command('runs.setImages', input),
      'runs.addBaselines': (input) => {
        this.command('runs.addBaselines', input)
        return { runIds: [] }
      },
      'metrics.series': ({ runId, keys }) => ({
        series: keys.flatMap((key): SeriesColumns[] => {
          const columns = this.run(runId).series.get(key)
          return columns === undefined ? [] : [{ key, steps: [...columns.steps], values: [...columns.values] }]
        }),
      }),
      'widths.history': ({ runId }) => this.run(runId).widths,
      'widths.gradients': () => ({ gradients: null }),
      'logs.page': ({ runId, after, limit }) => ({
        entries: this.run(runId)
          .log.filter((entry) => entry.seq > after)
          .slice(0, limit),
      }),
      'exports.create': () => {
        throw new StudioError('TRAINER_GONE', 'The scripted engine makes no files.')
      },
      'exports.list': () => ({ exports: this.exports }),
      'exports.verify': () => {
        throw new StudioError('TRAINER_GONE', 'The scripted engine checks no files.')
      },
      'exports.report': () => ({ html: '' }),
      'runs.exportBundle': (input) => {
        this.commands.push({ name: 'runs.exportBundle', input })
        return { file: input.file, sizeBytes: 1_234_567, sha256: 'ab'.repeat(32), runs: input.runIds.length, checkpoints: 1 }
      },
      'runs.bundleContents': () => {
        if (this.bundle === null) throw new StudioError('DATA_CORRUPT', 'This file is refused: it has no manifest.json, so it is no bundle.')
        return this.bundle
      },
      'runs.importBundle': (input) => this.imported('runs.importBundle', input),
      'runs.importLogs': (input) => {
        const [run] = this.imported('runs.importLogs', input).runs
        return { runId: run.id, name: run.name, files: 1, series: 2, points: 20, notices: [] }
      },
      'data.recognise': ({ folder }) => ({ folder, choices: [], certain: false, problem: `No data set was found in ${folder}.` }),
      'data.list': () => ({ datasets: [...this.datasets] }),
      'data.get': ({ datasetId }) => this.dataset(datasetId),
      'data.add': (input) => {
        this.commands.push({ name: 'data.add', input })
        return { datasetId: this.datasets[0]?.id ?? 'dataset00001' }
      },
      'data.index': (input) => this.command('data.index', input),
      'data.cancel': (input) => this.command('data.cancel', input),
      'data.relink': (input) => this.command('data.relink', input),
      'data.remove': (input) => this.command('data.remove', input),
      'data.images': () => ({ images: [] }),
      'data.counts': () => ({ total: 0, classes: [] }),
      'data.evaluations': () => ({ evaluations: [] }),
      'data.evaluationsOf': () => ({ datasetId: null, kinds: [] }),
      'data.classes': () => ({ names: [] }),
      'data.thumbnails': ({ images }) => ({ thumbnails: images.map(() => null) }),
      'data.image': () => this.noImage(),
      'data.views': () => this.noImage(),
      'data.doctor': () => ({ findings: [] }),
      'data.exclude': (input) => {
        this.commands.push({ name: 'data.exclude', input })
        return { changed: 0 }
      },
      'data.events': (_input, { signal }) => silence(signal),
      'runtimes.list': () => ({ runtimes: this.runtimes }),
      'runtimes.probe': ({ name }) => {
        const finding = this.findings.get(name)
        if (finding === undefined) throw new StudioError('NOT_FOUND', `The runtime "${name}" is not installed.`)
        return finding
      },
      'runtimes.install': (input) => {
        this.commands.push({ name: 'runtimes.install', input })
        return { name: input.name }
      },
      'runtimes.cancel': (input) => this.command('runtimes.cancel', input),
      'runtimes.remove': (input) => this.command('runtimes.remove', input),
      'runtimes.events': (_input, { signal }) => this.followRuntimes(signal),
      'runs.events': ({ runId }, { signal }) => this.follow(runId, signal),
    }
  }

  private follow(runId: string | null, signal: AbortSignal): AsyncIterable<readonly RunEvent[]> {
    let waiting: RunEvent[] = []
    let wake: () => void = () => undefined
    const detailed = (event: RunEvent): boolean => event.type === 'metrics' || event.type === 'widths' || event.type === 'log'
    const hear = (event: RunEvent): void => {
      if (runId === null ? detailed(event) : event.runId !== runId) return
      waiting.push(event)
      wake()
    }
    this.listeners.add(hear)
    signal.addEventListener('abort', () => {
      this.listeners.delete(hear)
      wake()
    })
    return (async function* () {
      while (!signal.aborted) {
        if (waiting.length === 0) await new Promise<void>((resolve) => (wake = resolve))
        const group = waiting
        waiting = []
        if (group.length > 0) yield group
      }
    })()
  }
}

/** A stream in which nothing happens. */
async function* silence(signal: AbortSignal): AsyncGenerator<never[]> {
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
  yield []
}

function summaryOf(detail: RunDetail): RunSummary {
  const { id, name, model, dataset, status, statusReason, phase, step, totalSteps, createdAt, startedAt, endedAt, targetRate, result } = detail
  return { id, name, model, dataset, status, statusReason, phase, step, totalSteps, createdAt, startedAt, endedAt, targetRate, result }
}

function record(run: ScriptedRun, event: RunEvent): void {
  if (event.type === 'status') Object.assign(run.detail, { status: event.status, statusReason: event.reason })
  else if (event.type === 'progress')
    Object.assign(run.detail, {
      progress: event.progress,
      phase: event.progress.phase,
      step: event.progress.step,
      totalSteps: event.progress.totalSteps,
    })
  else if (event.type === 'started') Object.assign(run.detail, { quantizers: event.quantizers, totalSteps: event.totalSteps })
  else if (event.type === 'result') run.detail.result = event.result
  else if (event.type === 'checkpoint') run.detail.checkpoints.push(event.checkpoint)
  else if (event.type === 'log') run.log.push(...event.entries)
  else if (event.type === 'widths') {
    run.widths.steps.push(...event.history.steps)
    run.widths.widths.push(...event.history.widths)
  } else if (event.type === 'metrics') {
    for (const { key, steps, values } of event.series) {
      const known = run.series.get(key) ?? { steps: [], values: [] }
      known.steps.push(...steps)
      known.values.push(...values)
      run.series.set(key, known)
    }
  }
}

export function makeQuantizer(layer: string, kind: QuantizerInfo['kind'], elements: number): QuantizerInfo {
  return {
    id: `${layer}|${kind === 'weight' ? 'WEIGHT' : 'OUTPUT'}`,
    layer,
    kind,
    mode: kind === 'weight' ? 'symmetric' : 'asymmetric',
    perChannel: kind === 'weight',
    elements,
    minBits: 4,
    maxBits: 12,
  }
}

export function makeRun(change: Partial<RunDetail> = {}): RunDetail {
  return {
    id: 'k3f9a1b2c4d5',
    name: 'Demo',
    model: 'resnet20',
    dataset: 'fashion_mnist',
    status: 'running',
    statusReason: null,
    phase: 'bit-width-training',
    step: 120,
    totalSteps: 400,
    createdAt: Date.UTC(2026, 10, 24, 9, 0, 0),
    startedAt: Date.UTC(2026, 10, 24, 9, 0, 2),
    endedAt: null,
    targetRate: 1.5,
    result: null,
    config: { model: 'resnet20', dataset: 'fashion_mnist', compression: { algorithm: 'fracbits_quantization' } },
    dataDir: '/data/fashion-mnist',
    folder: '/home/ada/.local/share/fracbits-studio/runs/k3f9a1b2c4d5',
    quantizers: [],
    checkpoints: [],
    environment: null,
    progress: null,
    command: 'npm start -- train -c demo.json -j 1',
    ...change,
  }
}

export function makeDataset(change: Partial<DatasetSummary> = {}): DatasetSummary {
  const normalisation = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }
  return {
    id: 'dataset00001',
    name: 'insects',
    layout: 'split-folders',
    folder: '/data/insects',
    splits: [],
    available: true,
    status: 'ready',
    statusReason: null,
    progress: null,
    createdAt: Date.UTC(2026, 10, 24, 9, 0, 0),
    indexedAt: Date.UTC(2026, 10, 24, 9, 1, 0),
    images: 80,
    classes: 3,
    splitCounts: { train: 61, validation: 19, all: 0 },
    bytes: 400_000,
    excluded: 0,
    troubled: 0,
    measured: null,
    normalisation,
    ...change,
  }
}

export function makeRuntime(change: Partial<RuntimePack> = {}): RuntimePack {
  return {
    name: 'built-in',
    title: 'Built in',
    description: 'libtensorflow as it comes with the program.',
    kind: 'cpu',
    tensorflow: null,
    status: 'built-in',
    folder: null,
    downloadBytes: 0,
    unpackedBytes: 0,
    fetchedBytes: 0,
    progress: null,
    problem: null,
    ...change,
  }
}
