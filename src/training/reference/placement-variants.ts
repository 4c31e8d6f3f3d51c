import { StudioError } from '../../contract/errors'
import { ModelName } from '../../contract/models'
import { placeQuantizers } from '../../quantization/placement'
import type { QuantizerSpec } from '../../quantization/quantizer-spec'
import type { FamilyChecker, Tolerance } from './fixture'
import type { RecordedVariant } from './placement-file'
import { type PlacedPoint, pointsOf, recordedNetwork, same } from './placement-points'

const EXACT: Tolerance = { absolute: 0, relative: 0 }

type Section = Parameters<typeof placeQuantizers>[1]
interface Setting {
  readonly section: Section
  readonly device?: string
}

/** The models' own configurations, as far as placement goes. */
const BASES: Partial<Record<ModelName, Section>> = {
  mobilenet_v2_32x32: { overflow_fix: 'disable', weights: { mode: 'asymmetric' }, activations: { mode: 'asymmetric' } },
  mobilenet_v2: { overflow_fix: 'disable' },
  resnet50: { overflow_fix: 'disable' },
  inception_v3: {
    overflow_fix: 'disable',
    ignored_scopes: [0, 1, 2].flatMap((i) => [`Inception3/__add___${i}`, `Inception3/__mul___${i}`]).concat('Inception3/cat_0'),
  },
}
const symmetric = { weights: undefined, activations: undefined }
const IGNORED = ['MobileNetV2For32x32/Sequential[features]/ConvBNActivation[0]/NNCFConv2d[0]/conv2d_0', '{re}Sequential\\[classifier\\]']

/** How the recorded variants differ from the model's own configuration. */
const CHANGES: Readonly<Record<string, Partial<Section> & { readonly device?: string }>> = {
  symmetric_default: symmetric,
  preset_mixed: { ...symmetric, preset: 'mixed' },
  overflow_enable: { ...symmetric, overflow_fix: 'enable' },
  overflow_first_layer_only: { ...symmetric, overflow_fix: 'first_layer_only' },
  overflow_default_absent_asym: { overflow_fix: undefined },
  weights_per_tensor: { weights: { per_channel: false } },
  activations_per_channel_true: { activations: { per_channel: true } },
  activations_per_channel_false: { activations: { per_channel: false } },
  quantize_inputs_false: { quantize_inputs: false },
  quantize_outputs_true: { quantize_outputs: true },
  ignored_first_conv_and_classifier: { ignored_scopes: IGNORED },
  weights_bits_4: { weights: { bits: 4 } },
  target_device_trial_bits_4_6: { weights: { bits: 4, per_channel: true }, activations: { bits: 6 }, device: 'TRIAL' },
  no_ignored_scopes: { ignored_scopes: undefined },
}

function settingOf({ variant, model }: RecordedVariant): Setting | null {
  const base = BASES[model as ModelName]
  const change = CHANGES[variant]
  if (!base || !change) return null
  const { device, ...section } = change
  return { section: { ...base, ...section }, ...(device === undefined ? {} : { device }) }
}

type Row = NonNullable<RecordedVariant['points']>[number]
/** Signs are compared where they do not depend on statistics. */
const row = ([kind, node, mode, signed, perChannel, halfRange, bits, shape]: Row, signIsKnown: boolean): string =>
  [kind, node, mode, signIsKnown ? signed : '', perChannel, halfRange, bits, shape.join('x')].join(' ')
const placedRow = ({ spec, point }: PlacedPoint): string =>
  row(
    [
      spec.kind === 'weight' ? 'W' : 'A',
      point.node,
      spec.mode,
      spec.forceSigned ?? false,
      spec.perChannel,
      spec.halfRange,
      spec.initialBits,
      [...spec.scaleShape],
    ],
    spec.forceSigned !== null,
  )

function compareRows(checker: FamilyChecker, where: string, points: readonly PlacedPoint[], rows: readonly Row[]): void {
  same(
    checker,
    where,
    'points',
    points.map(placedRow),
    rows.map((want, i) => row(want, points[i]?.spec.forceSigned !== null)),
  )
}

/** One variant of a model's configuration: its points and counts, or that it is refused. */
export function compareVariant(checker: FamilyChecker, variant: RecordedVariant): void {
  const where = `${variant.model} ${variant.variant}`
  const exactly = (what: string, got: readonly number[], want: readonly number[]): void => checker.compare(where, what, got, want, EXACT)
  checker.beginCase()
  const model = ModelName.safeParse(variant.model)
  const setting = settingOf(variant)
  if (!model.success || !setting) {
    exactly('this variant is not known here', [1], [0])
    return
  }
  const network = recordedNetwork(model.data, { num_classes: model.data === 'mobilenet_v2_32x32' ? 100 : 1000 })
  const place = (): QuantizerSpec[] => placeQuantizers(network, setting.section, { target_device: setting.device })
  if (variant.error === undefined) comparePlaced(checker, where, variant, place())
  else exactly('is refused, naming the recorded place', [refusedAt(place, variant.message ?? '') ? 1 : 0], [1])
}

function comparePlaced(checker: FamilyChecker, where: string, variant: RecordedVariant, specs: readonly QuantizerSpec[]): void {
  const exactly = (what: string, got: readonly number[], want: readonly number[]): void => checker.compare(where, what, got, want, EXACT)
  const points = pointsOf(specs)
  const weights = specs.filter(({ kind }) => kind === 'weight')
  const activations = points.filter(({ spec }) => spec.kind === 'activation')
  const halves = specs.filter((spec) => spec.halfRange)
  if (variant.points) compareRows(checker, where, points, variant.points)
  if (variant.first_points) compareRows(checker, where, points.slice(0, variant.first_points.length), variant.first_points)
  if (variant.half_range_nodes)
    same(
      checker,
      where,
      'weights of half range',
      halves.map((spec) => spec.points[0].node),
      variant.half_range_nodes,
    )
  if (variant.bounds)
    exactly('bounds of weights', [Math.min(...weights.map((spec) => spec.minBits)), Math.max(...weights.map((spec) => spec.maxBits))], variant.bounds)
  const { counts } = variant
  if (!counts) return
  exactly('counts', [weights.length, activations.length], [counts.W, counts.A])
  if (counts.A_per_channel !== undefined)
    exactly('per-channel activations', [activations.filter(({ spec }) => spec.perChannel).length], [counts.A_per_channel])
  if (counts.half_range !== undefined) exactly('half ranges', [halves.length], [counts.half_range])
  if (counts.A_modules !== undefined) exactly('activation quantizers', [specs.length - weights.length], [counts.A_modules])
}

/** Whether placement refuses and names the node that the recorded message ends with. */
function refusedAt(place: () => unknown, message: string): boolean {
  try {
    place()
    return false
  } catch (error) {
    return error instanceof StudioError && error.message.includes(message.slice(message.lastIndexOf(': ') + 2))
  }
}
