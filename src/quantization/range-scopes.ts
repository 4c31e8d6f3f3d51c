import { StudioError } from '../contract/errors'
import type { CompressionConfig, RangeConfig, ScopedRangeConfig } from '../contract/training-config'
import { isConsidered, scopeFilter } from './placement/scopes'

/** What is done where the configuration says nothing (spec 2.3). */
const DEFAULT_RANGE: RangeConfig = { num_init_samples: 256, type: 'mixed_min_max' }

/** How the ranges of one place are found; `nncfId` is `<node>|OUTPUT` or `<node>|WEIGHT`. Of a list exactly one entry must be meant (spec 7.3). */
export function rangeConfigFor(range: CompressionConfig['initializer']['range'], nncfId: string, kind: 'weight' | 'activation'): RangeConfig {
  if (range === undefined) return DEFAULT_RANGE
  if (!Array.isArray(range)) return range
  const group = kind === 'weight' ? 'weights' : 'activations'
  const meant = range.filter((entry) => (entry.target_quantizer_group ?? group) === group && isConsidered(nncfId, scopeFilter([entry])))
  const [only] = meant
  if (only !== undefined && meant.length === 1) return only
  const what = meant.length === 0 ? 'is in the scope of no entry' : `is in the scope of ${String(meant.length)} entries`
  const message = `compression.initializer.range: the quantizer "${nncfId}" ${what}. Change target_scopes and ignored_scopes so that exactly one entry is about it.`
  throw new StudioError('CONFIG_INVALID', message, { issues: [{ path: 'compression.initializer.range', message }] })
}

/** Whether no entry wants to see samples; ranges then stay as {@link uninitialisedRanges} says. */
export const isRangeInitialised = (config: Pick<RangeConfig, 'num_init_samples'>): boolean => config.num_init_samples > 0

/** The largest number of samples of any entry: so many pass through the network (spec 7.1). */
export function rangeSamples(range: CompressionConfig['initializer']['range']): number {
  const entries: readonly Pick<ScopedRangeConfig, 'num_init_samples'>[] = range === undefined ? [DEFAULT_RANGE] : [range].flat()
  return Math.max(...entries.map((entry) => entry.num_init_samples))
}

/** Batches that hold `samples` images. */
export const batchesFor = (samples: number, batchSize: number): number => Math.ceil(samples / batchSize)
