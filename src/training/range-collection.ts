import type { CompressionConfig, RangeConfig } from '../contract/training-config'
import type { ParameterInfo } from '../models/parameters'
import type { QuantizationPoint, QuantizerSpec } from '../quantization/quantizer-spec'
import { createCollector, needsExtremesOnly, type RangeCollector } from '../quantization/range-collectors'
import { rangesFromStatistics, type RangeState, unifiedStatistics, uninitialisedRanges } from '../quantization/range-initialisation'
import { batchesFor, isRangeInitialised, rangeConfigFor } from '../quantization/range-scopes'
import { weightView } from '../quantization/tensor-view'
import type { ActivationReading } from './initialisation-emission'

/** Values that are kept until their percentiles are taken are gathered in several passes of at most this many bytes. */
const MAX_KEPT_BYTES = 2 ** 30
const FLOAT_BYTES = 4

/** One place whose values are collected. */
export interface CollectedPoint {
  readonly reading: ActivationReading
  readonly collector: RangeCollector
  /** Batches it wants to see. */
  readonly batches: number
}

/** Finds the ranges of all quantizers from batches and weights, each place as its entry of the configuration says (spec 7.1 to 7.3). */
export class RangeCollection {
  private readonly points = new Map<string, CollectedPoint>()
  private seen = 0
  private passIndex = 0
  /** Places by the pass over the batches that serves them. */
  private readonly passOf = new Map<string, number>()
  /** Passes over the batches; more than one only where whole feature maps must be kept. */
  readonly passes: number

  constructor(
    readings: ReadonlyMap<string, ActivationReading>,
    specs: readonly QuantizerSpec[],
    private readonly range: CompressionConfig['initializer']['range'],
    batchSize: number,
  ) {
    let pass = 0
    let kept = 0
    for (const [id, reading] of readings) {
      const spec = specs[reading.index]
      const point = spec?.points.find((candidate) => candidate.id === id)
      if (!spec || !point) throw new RangeError(`no quantizer at ${id}`)
      const config = this.configOf(point, spec)
      const batches = batchesFor(config.num_init_samples, batchSize)
      const bytes = needsExtremesOnly(config.type) || config.type === 'mean_percentile' ? 0 : reading.shape.reduce((product, size) => product * size, FLOAT_BYTES) * batches
      if (kept > 0 && kept + bytes > MAX_KEPT_BYTES) {
        pass += 1
        kept = 0
      }
      kept += bytes
      this.passOf.set(id, bytes === 0 ? 0 : pass)
      this.points.set(id, { reading, collector: collectorFor(config, spec), batches })
    }
    this.passes = pass + 1
  }

  /** Places that want the next batch of this pass. */
  wanted(): CollectedPoint[] {
    return [...this.points].filter(([id, { batches }]) => this.passOf.get(id) === this.passIndex && this.seen < batches).map(([, point]) => point)
  }

  countBatch(): void {
    this.seen += 1
  }

  /** Starts over with the first batch for the places of the next pass. */
  nextPass(): void {
    this.passIndex += 1
    this.seen = 0
  }

  rangesOf(spec: QuantizerSpec, weights: (name: string) => { values: Float32Array; info: ParameterInfo }): RangeState {
    const [primary] = spec.points
    const config = this.configOf(primary, spec)
    if (!isRangeInitialised(config)) return uninitialisedRanges(spec, spec.ranges)
    if (spec.kind === 'weight') {
      const { values, info } = weights(`${spec.layer}.weight`)
      const collector = collectorFor(config, spec)
      collector.add(weightView(values, info))
      return rangesFromStatistics(spec.id, spec, collector.result())
    }
    const parts = spec.points.map((point) => {
      const collected = this.points.get(point.id)
      if (!collected) throw new RangeError(`${point.id} has no statistics`)
      return collected.collector.result()
    })
    return rangesFromStatistics(spec.id, spec, unifiedStatistics(parts))
  }

  private configOf(point: QuantizationPoint, spec: QuantizerSpec): RangeConfig {
    return rangeConfigFor(this.range, point.nncfId, spec.kind)
  }
}

function collectorFor(config: RangeConfig, spec: QuantizerSpec): RangeCollector {
  const weights = spec.kind === 'weight'
  const channelAxis = spec.ranges > 1 ? (weights ? 0 : 1) : null
  return createCollector({ type: config.type, params: config.params, weights, symmetric: spec.mode === 'symmetric', channelAxis })
}
