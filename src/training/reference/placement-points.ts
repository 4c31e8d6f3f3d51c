import type { ModelName } from '../../contract/models'
import type { NetworkDefinition } from '../../models/layers'
import { buildNetwork } from '../../models/registry'
import type { QuantizationPoint, QuantizerSpec } from '../../quantization/quantizer-spec'
import type { FamilyChecker, Tolerance } from './fixture'
import type { PlacementFile, RecordedConfig, RecordedPoint } from './placement-file'

const EXACT: Tolerance = { absolute: 0, relative: 0 }
/** Side of the images that a model's placement is worked out for; it does not depend on it. */
const IMAGE_SIZE: Partial<Record<ModelName, number>> = { mobilenet_v2_32x32: 32, inception_v3: 299 }

export function recordedNetwork(model: ModelName, config: Pick<RecordedConfig, 'num_classes'>, size = IMAGE_SIZE[model] ?? 224): NetworkDefinition {
  const request = { model, model_params: { width_mult: 1 }, num_classes: config.num_classes, pretrained: model === 'inception_v3' }
  return buildNetwork(request, { channels: 3, height: size, width: size })
}

export interface PlacedPoint {
  readonly index: number
  readonly spec: QuantizerSpec
  readonly point: QuantizationPoint
}

export const pointsOf = (specs: readonly QuantizerSpec[]): PlacedPoint[] =>
  specs.flatMap((spec, index) => spec.points.map((point): PlacedPoint => ({ index, spec, point }))).sort((a, b) => a.point.order - b.point.order)

/** Compares as text, so that a difference is named. */
export function same(checker: FamilyChecker, where: string, what: string, got: readonly string[], want: readonly string[]): void {
  checker.compare(where, `${what}: ${String(got.length)} of ${String(want.length)}`, [got.length], [want.length], EXACT)
  const at = want.findIndex((value, i) => got[i] !== value)
  checker.compare(where, at < 0 ? what : `${what} ${String(at)}: ${String(got[at])} instead of ${String(want[at])}`, [at], [-1], EXACT)
}

function described({ index, spec, point }: PlacedPoint): string {
  const levels = 2 ** (spec.initialBits - (spec.halfRange ? 1 : 0))
  const place = [index, spec.kind, point.node, spec.stateKey, spec.points.length > 1 ? spec.points.map(({ node }) => node).join() : '']
  const grid = [
    spec.mode,
    spec.perChannel,
    spec.ranges,
    spec.scaleShape.join('x'),
    spec.halfRange,
    spec.initialBits,
    levels,
    spec.minBits,
    spec.maxBits,
  ]
  return [...place, ...grid, spec.elements, spec.kind === 'activation' ? [...point.quantizes].sort().join() : ''].join(' ')
}

function recorded(point: RecordedPoint): string {
  const place = [point.quantizer_index, point.kind, point.node, point.state_key, point.group_members?.join() ?? '']
  const grid = [
    point.mode,
    point.per_channel,
    point.channels,
    point.scale_shape.join('x'),
    point.half_range,
    point.num_bits,
    point.levels,
    point.min_num_bits,
    point.max_num_bits,
  ]
  return [...place, ...grid, point.numel ?? 0, [...(point.directly_quantizes ?? [])].sort().join()].join(' ')
}

/** Order, nodes, names, kinds, groups and readers of all points, and the counts that follow. */
export function comparePoints(checker: FamilyChecker, file: PlacementFile, specs: readonly QuantizerSpec[]): void {
  checker.beginCase()
  const points = pointsOf(specs)
  same(checker, file.model, 'points', points.map(described), file.points.map(recorded))
  const weights = specs.filter(({ kind }) => kind === 'weight')
  const activations = points.filter(({ spec }) => spec.kind === 'activation')
  const elements = weights.reduce((sum, spec) => sum + spec.elements, 0)
  const { counts } = file
  const got = [
    weights.length,
    activations.length,
    specs.length - weights.length,
    activations.filter(({ spec }) => spec.perChannel).length,
    elements,
    8 * elements,
  ]
  const want = [
    counts.weight_quantizers,
    counts.activation_points,
    counts.activation_quantizers,
    counts.per_channel_activation_points,
    counts.quantized_weight_elements,
    counts.int8_model_size_bits,
  ]
  checker.compare(file.model, 'counts', [...got, specs.filter((spec) => spec.points.length > 1).length], [...want, counts.unified_groups], EXACT)
}
