import type { Preset } from '../contract/api'
import type { RunSummary } from '../contract/entities'
import type { ComparedResult, OwnResult } from '../contract/published'
import { readConfigText } from './config-text'

/** Data sets with published results; others serve demonstrations. */
const BENCHMARKS: readonly string[] = ['imagenet', 'cifar100']

/** Shipped configurations of the benchmarks beside the best that `runs` reached with the same model, data set and algorithm. */
export function comparePublished(presets: readonly Preset[], runs: readonly RunSummary[]): ComparedResult[] {
  return presets.flatMap(({ name, title, text, published }): ComparedResult[] => {
    const { config } = readConfigText(text)
    const algorithm = config?.compression?.algorithm
    if (config === null || algorithm === undefined || !BENCHMARKS.includes(config.dataset)) return []
    const wanted = algorithm === 'fracbits_quantization' ? config.compression?.loss.compression_rate : null
    // Only a run that learns widths has a target.
    const same = runs.filter(({ model, dataset, targetRate }) => model === config.model && dataset === config.dataset && targetRate === wanted)
    const own = best(same.flatMap((run) => ownResult(run, algorithm)))
    return [{ preset: name, title, model: config.model, dataset: config.dataset, algorithm, published: published ?? null, own }]
  })
}

function ownResult({ id, name, result }: RunSummary, algorithm: ComparedResult['algorithm']): OwnResult[] {
  const row = result?.rows.find(({ kind }) => kind === (algorithm === 'fracbits_quantization' ? 'mixed' : 'int8'))
  if (row === undefined) return []
  const float = result?.rows.find(({ kind }) => kind === 'fp32')
  const drop = float === undefined ? null : float.top1 - row.top1
  return [{ runId: id, name, top1: row.top1, drop, rate: row.rate, images: row.images, fractional: row.fractional ?? false }]
}

/** The most accurate; one in integers comes before one with fractional widths, one of more images before one of a few. */
function best(results: readonly OwnResult[]): OwnResult | null {
  const [first] = [...results].sort((a, b) => Number(a.fractional) - Number(b.fractional) || b.images - a.images || b.top1 - a.top1)
  return first ?? null
}
