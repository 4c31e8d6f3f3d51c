import { parametersOf } from '../../models/parameter-list'
import type { NetworkDefinition } from '../../models/layers'
import type { QuantizerSpec } from '../../quantization/quantizer-spec'
import type { RangeState } from '../../quantization/range-initialisation'
import { sizeCost } from '../../quantization/round-widths'
import { roundHalfEven } from '../../util/round-half-even'
import type { FamilyChecker, Tolerance } from './fixture'
import { formulaTensor } from './formula'
import { formulaImages, formulaState } from './formula-network'
import { formulaRows } from './formula-rows'
import type { PlacementFile, RecordedRanges, RecordedRun } from './placement-file'
import { evaluatedLogits, type GradientReport, gradientStep, initialRanges, openLoop, type RunInputs } from './placement-run'

const BATCH = 2
const IMAGES_ID = 100_000
const LABELS = [1, 3]
const EXACT: Tolerance = { absolute: 0, relative: 0 }
const within = (absolute: number): Tolerance => ({ absolute, relative: 0 })
const RANGES: Tolerance = { absolute: 0, relative: 1e-3 }
const LOGITS = within(1e-3)
/** Of means before and behind a quantizer. Where values cancel, float noise that flips a rounding shows: a share of their magnitude. */
const MEANS = { relative: 1e-3, ofMagnitude: 1e-5 }
/** Of mean |out - in|. */
const ROUNDING: Tolerance = { absolute: 0, relative: 0.05 }
const SMALLEST_GRADIENT_TOLERANCE = 0.02
/** What is recorded as noise is the change under a relative disturbance of 1e-6 of the input; so many times as much is allowed. */
const NOISE_OF_GRADIENTS = 5
const NOISE_OF_ALL_QUANTIZERS = 3

const norm = (values: ArrayLike<number>): number => Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0))
const distance = (got: ArrayLike<number>, want: readonly number[]): number =>
  norm(want.map((value, i) => (got[i] ?? Number.NaN) - value)) / norm(want)
const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/** Ranges, logits and gradients of a model with its recorded quantizers, computed from formula weights and images. */
export function compareComputed(checker: FamilyChecker, file: PlacementFile, network: NetworkDefinition, specs: readonly QuantizerSpec[]): void {
  const source = { seed: file.seed, convGain: file.conv_gain }
  const parameters = parametersOf(network)
  const state = formulaState(source, formulaRows(parameters), parameters)
  const images = formulaImages(source, IMAGES_ID, BATCH, [file.image_size, file.image_size])
  const inputs: RunInputs = { network, specs, state, images, labels: LABELS, batchSize: BATCH }
  const ranges = initialRanges(inputs)
  compareRanges(checker, file, ranges)
  const run = file.end_to_end
  if (!run) return
  compareBits(checker, file, specs, run)
  compareOpenLoop(checker, file.model, inputs, ranges, run)
  compareLogits(checker, file.model, inputs, ranges, run)
  compareGradients(checker, file, inputs, ranges, run)
}

function described(values: Float32Array): number[] {
  const magnitudes = values.map(Math.abs)
  return [
    values.length,
    mean(values),
    mean(magnitudes),
    values.reduce((a, b) => Math.min(a, b), Infinity),
    values.reduce((a, b) => Math.max(a, b), -Infinity),
    ...values.slice(0, 4),
  ]
}

const recordedValues = (values: RecordedRanges['scale']): number[] =>
  values ? [values.n, values.mean, values.mean_abs, values.min, values.max, ...values.first4] : []

function compareRanges(checker: FamilyChecker, file: PlacementFile, ranges: readonly RangeState[]): void {
  checker.beginCase()
  for (const recorded of file.ranges_after_init) {
    const range = ranges[recorded.quantizer_index]
    const where = `${file.model} quantizer ${String(recorded.quantizer_index)}`
    if (range?.mode === 'symmetric') {
      checker.compare(where, 'scale', described(range.scale), recordedValues(recorded.scale), RANGES)
      checker.compare(where, 'sign', [Number(range.signed)], [Number(recorded.signed)], EXACT)
    } else if (range) {
      // Lows are small against their ranges.
      const tolerance = { absolute: 1e-5 * Math.abs(recorded.input_range?.max ?? 0), relative: 1e-3 }
      checker.compare(where, 'input_low', described(range.inputLow), recordedValues(recorded.input_low), tolerance)
      checker.compare(where, 'input_range', described(range.inputRange), recordedValues(recorded.input_range), RANGES)
    }
  }
  checker.compare(file.model, 'number of ranges', [ranges.length], [file.ranges_after_init.length], EXACT)
  const signs = file.points.filter((point) => point.mode === 'symmetric').map((point) => ({ got: ranges[point.quantizer_index], want: point.signed }))
  checker.compare(
    file.model,
    'signs of points',
    signs.map(({ got }) => Number(got?.mode === 'symmetric' && got.signed)),
    signs.map(({ want }) => Number(want)),
    EXACT,
  )
}

/** Id by which the formula gives the recorded widths: 4 + 8 u. */
const BITS_ID = 200_000

function compareBits(checker: FamilyChecker, file: PlacementFile, specs: readonly QuantizerSpec[], { num_bits: bits, frozen }: RecordedRun): void {
  checker.beginCase()
  const images = formulaTensor(file.seed, BITS_ID, [bits.length], 'input', file.conv_gain)
  checker.compare(
    file.model,
    'recorded widths',
    Array.from(images, (value) => 8 + 2 * value),
    bits,
    within(2e-6),
  )
  checker.compare(file.model, 'number of widths', [specs.length], [bits.length], EXACT)
  const rounded = bits.map((value) => roundHalfEven(value))
  const size = sizeCost(specs)
  checker.compare(file.model, 'frozen widths', rounded, frozen.num_bits, EXACT)
  checker.compare(file.model, 'frozen size', [size(rounded)], [frozen.loss_state.current_model_size], EXACT)
  const initial = size(specs.map((spec) => spec.initialBits))
  checker.compare(
    file.model,
    'rates',
    [initial / size(bits), initial / size(rounded)],
    [frozen.loss_state.fractional_model_size, frozen.loss_state.compression_rate],
    { absolute: 0, relative: 1e-5 },
  )
}

function compareOpenLoop(checker: FamilyChecker, model: string, inputs: RunInputs, ranges: readonly RangeState[], run: RecordedRun): void {
  const [at8 = [], fractional = []] = openLoop(inputs, ranges, [inputs.specs.map(() => 8), run.num_bits])
  for (const [name, rows, recorded] of [
    ['8 bits', at8, run.open_loop_bits8],
    ['fractional widths', fractional, run.open_loop_fractional],
  ] as const) {
    checker.beginCase()
    checker.compare(model, 'number of points', [rows.length], [recorded.length], EXACT)
    recorded.forEach(([index, inMean, inSize, outMean, outSize, moved], i) => {
      const row = rows[i] ?? new Float32Array()
      const where = `${model} point ${String(i)} of quantizer ${String(index)} alone, ${name}`
      checker.compare(where, 'means', row.slice(0, 4), [inMean, inSize, outMean, outSize], {
        absolute: MEANS.ofMagnitude * inSize,
        relative: MEANS.relative,
      })
      checker.compare(where, 'mean distance', row.slice(4), [moved], ROUNDING)
    })
  }
}

function compareLogits(checker: FamilyChecker, model: string, inputs: RunInputs, ranges: readonly RangeState[], run: RecordedRun): void {
  const constant = (bits: number): number[] => inputs.specs.map(() => bits)
  const compare = (name: string, got: ArrayLike<number> | undefined, want: readonly number[], tolerance: Tolerance): void => {
    checker.beginCase()
    checker.compare(model, `${name} (relative distance)`, [distance(got ?? [], want)], [0], tolerance)
  }
  const { weights_only: weights, frozen, all_on: all } = run
  const [at8, fractional] = evaluatedLogits(inputs, ranges, [constant(8), run.num_bits], { which: 'weights', integer: false })
  compare('logits with quantized weights, 8 bits', at8, weights.eval_logits_bits8.data, LOGITS)
  compare('logits with quantized weights, fractional', fractional, weights.eval_logits_fractional.data, LOGITS)
  const [rounded] = evaluatedLogits(inputs, ranges, [run.num_bits], { which: 'weights', integer: true })
  compare('logits with quantized weights, frozen', rounded, frozen.weights_only_eval_logits.data, LOGITS)
  const noisy = (noise: number): Tolerance => within(Math.max(NOISE_OF_ALL_QUANTIZERS * noise, LOGITS.absolute))
  const [all8, allFractional, all12] = evaluatedLogits(inputs, ranges, [constant(8), run.num_bits, constant(12)], { which: 'all', integer: false })
  // Where one disturbance happened to flip no rounding, the noise of the other widths stands for it.
  compare('logits with all quantizers, 8 bits', all8, all.eval_logits_bits8.data, noisy(all.noise_rel_l2_bits8 || all.noise_rel_l2_fractional))
  compare('logits with all quantizers, fractional', allFractional, all.eval_logits_fractional.data, noisy(all.noise_rel_l2_fractional))
  compare('logits with all quantizers, 12 bits', all12, all.eval_logits_bits12.data, noisy(all.noise_rel_l2_bits12))
}

function compareGradients(
  checker: FamilyChecker,
  file: PlacementFile,
  inputs: RunInputs,
  ranges: readonly RangeState[],
  { weights_only: recorded, num_bits: bits }: RecordedRun,
): void {
  const loss = file.config_used.compression.loss
  const trained = gradientStep(inputs, ranges, bits, { training: true, loss })
  checker.beginCase()
  checker.compare(file.model, 'logits in training (relative distance)', [distance(trained.logits, recorded.train_logits.data)], [0], LOGITS)
  checker.compare(file.model, 'losses in training', [trained.crossEntropy, trained.sizeLoss], [recorded.ce_loss, recorded.compression_loss], {
    absolute: 0,
    relative: 1e-3,
  })
  const noise = {
    bits: recorded.noise_grad_num_bits.rel_l2,
    weights: recorded.noise_grad_weights_rel_l2_max,
    median: recorded.noise_grad_weights_rel_l2_median,
  }
  compareStep(checker, `${file.model} in training`, trained, recorded, noise)

  const { eval_mode_step: step } = recorded
  const evaluated = gradientStep(inputs, ranges, bits, { training: false, loss })
  checker.beginCase()
  checker.compare(file.model, 'loss in evaluation', [evaluated.crossEntropy], [step.ce_loss], { absolute: 0, relative: 1e-3 })
  const evaluationNoise = {
    bits: step.noise_grad_num_bits_rel_l2,
    weights: step.noise_grad_weights_rel_l2_max,
    median: step.noise_grad_weights_rel_l2_max,
  }
  compareStep(checker, `${file.model} in evaluation`, evaluated, step, evaluationNoise)
}

interface Noise {
  readonly bits: number
  /** Of the noisiest weight. */
  readonly weights: number
  readonly median: number
}

function compareStep(
  checker: FamilyChecker,
  where: string,
  got: GradientReport,
  recorded: RecordedRun['weights_only']['eval_mode_step'] | RecordedRun['weights_only'],
  noise: Noise,
): void {
  const allowed = (of: number): Tolerance => within(Math.max(NOISE_OF_GRADIENTS * of, SMALLEST_GRADIENT_TOLERANCE))
  const reached = (values: readonly unknown[]): number[] => values.map((value) => Number(value !== null))
  checker.compare(where, 'which widths have gradients', reached(got.bits), reached(recorded.grad_num_bits), EXACT)
  const wanted = recorded.grad_num_bits.map((value) => value ?? 0)
  checker.compare(
    where,
    'gradients of widths (relative distance)',
    [
      distance(
        got.bits.map((value) => value ?? 0),
        wanted,
      ),
    ],
    [0],
    allowed(noise.bits),
  )

  checker.compare(where, 'which ranges have gradients', reached(got.ranges), reached(recorded.grad_range_params), EXACT)
  const norms = (rows: readonly (readonly number[] | null)[]): number[] => rows.flatMap((row) => (row ?? []).filter((_, i) => i % 2 === 0))
  checker.compare(
    where,
    'norms of gradients of ranges (relative distance)',
    [distance(norms(got.ranges), norms(recorded.grad_range_params))],
    [0],
    allowed(noise.median),
  )

  const parameters = recorded.grad_weights.flatMap(([name, size]) =>
    size === null ? [] : [{ name, size, found: got.parameters.get(name)?.[0] ?? Number.NaN }],
  )
  const sizes = parameters.map(({ size }) => size)
  checker.compare(
    where,
    'norms of gradients of parameters (relative distance)',
    [
      distance(
        parameters.map(({ found }) => found),
        sizes,
      ),
    ],
    [0],
    allowed(noise.median),
  )
  const errors = parameters.map(({ size, found }) => Math.abs(found - size) / size)
  checker.compare(where, 'norms of gradients of parameters (median, relative)', [median(errors)], [0], allowed(noise.median))
  checker.compare(
    where,
    'norms of gradients of parameters (relative)',
    errors,
    errors.map(() => 0),
    allowed(noise.weights),
  )
}
