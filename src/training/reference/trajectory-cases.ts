import { clampedWidth, sizeCost } from '../../quantization/round-widths'
import { roundHalfEven } from '../../util/round-half-even'
import { COMPATIBILITY } from '../compatibility'
import { FreezeScheduler } from '../freeze-scheduler'
import { FamilyChecker, type FamilyReport, parseFixture } from './fixture'
import { type RecordedImages, recordedImages } from './recorded-images'
import { type RecordedEvaluation, type RecordedSizeState, type RecordedStep, TrajectoryFile } from './trajectory-file'
import { recordedKey, TrajectoryRun } from './trajectory-run'

const EVALUATED = 256
const SAME = { absolute: 0, relative: 0 }
const NOISE_FACTOR = 4
/** Of losses and gradients at the first step, relative; of gradients the relative L2 distance. */
const FIRST_STEP = 1e-4
/** Gradients of quantizer parameters are sums of many terms of both signs: absolute, as in the recorded quantizers. */
const REDUCED = 1e-5
const CROSS_ENTROPY = 2e-3
const WIDTH = { absolute: 1e-3, relative: 0 }
/** Of low end and range together, since a low end near zero counts by the range it belongs to. */
const RANGE = { absolute: 1e-3, relative: 0 }
const INITIAL_RANGE = { absolute: 1e-6, relative: 1e-5 }
/** Relative L2 distance of tensors after training, of logits, and of the gradient of all parameters together in the second epoch. A low end counts with its range. */
const TRAINED = 2e-2
/** Of 8 images, relative L2: logits of about 0.05, which one level of the last activation's quantizer moves by 0.0025. Not among the recorded tolerances. */
const EVALUATED_LOGITS = 5e-2
const IMAGES_MAY_FLIP = { absolute: 3, relative: 0 }

/** Replays one `trajectory/<variant>.json`: 40 recorded steps, with plain quantizers and with compiled ones. */
export async function replayTrajectory(text: string, file: string): Promise<readonly FamilyReport[]> {
  const recorded = parseFixture(TrajectoryFile, text, file)
  const images = await recordedImages({ train: recorded.dataset.count, evaluation: EVALUATED, size: recorded.dataset.batch })
  const forms = recorded.compression_config ? ([false, true] as const) : ([false] as const)
  return forms.map((compiled) => {
    const checker = new FamilyChecker(`trajectory/${recorded.name}${compiled ? ' (compiled)' : ''}`)
    checker.beginCase()
    if (typeof images === 'string') {
      checker.compare(recorded.name, images, [0], [1], SAME)
      return checker.report()
    }
    const run = new TrajectoryRun(recorded, compiled)
    try {
      follow(checker, recorded, run, images)
    } finally {
      run.close()
    }
    return checker.report()
  })
}

function follow(checker: FamilyChecker, recorded: TrajectoryFile, run: TrajectoryRun, images: RecordedImages): void {
  const { name, steps } = recorded
  const noise = recorded['noise_when_pixels_times_1_plus_1e-6']
  const [first] = images.train
  checker.compare(name, 'labels', Array.from(first?.labels ?? []).slice(0, 16), recorded.dataset.labels_first16, SAME)
  checker.compare(name, 'pixels', [(first?.images ?? new Uint8Array()).reduce((sum, value) => sum + value, 0)], [recorded.dataset.pixel_sum_first_batch], SAME)
  run.initialise(images.train)
  checkInitialState(checker, recorded, run)
  run.takeRecordedRanges()
  checkEvaluation(checker, `${name} before training`, run, images, recorded.eval_initial)

  const freezing = new FreezeScheduler(recorded.compression_config?.freeze_epoch ?? null, COMPATIBILITY.nncf)
  const perEpoch = images.train.length
  const gradientTolerance = (key: string, size: number): number => {
    const relative = Math.max(FIRST_STEP, NOISE_FACTOR * (noise.gradients_step0_rel_l2[key] ?? 0))
    return isReduced(key) ? relative + REDUCED / size : relative
  }
  // A parameter that starts at zero, as the low end of an unsigned input does, is nothing but its gradient after one step.
  const steppedTolerance = (key: string, size: number): number => {
    const gradient = norm(recorded.gradients_step0[key] ?? [])
    return gradient === 0 ? FIRST_STEP : Math.max(FIRST_STEP, (recorded.optimizer.lr * gradient * gradientTolerance(key, gradient)) / size)
  }
  for (const want of steps) {
    if (want.step % perEpoch === 0) {
      if (want.step > 0) checkEvaluation(checker, `${name} after the first epoch`, run, images, recorded.eval_before_epoch1)
      if (freezing.enterEpoch() && run.learned) run.freeze()
      if (want.step > 0) {
        checkEvaluation(checker, `${name} at the freeze`, run, images, recorded.eval_after_epoch_step1)
        checkSize(checker, `${name} at the freeze`, recorded, run, recorded.loss_state_after_epoch_step1)
      }
    }
    const batch = images.train[want.step % perEpoch]
    if (!batch) return
    const got = run.step(batch)
    const at = `${name}, step ${String(want.step)}`
    const tolerance = want.step === 0 ? FIRST_STEP * want.ce : Math.max(CROSS_ENTROPY, NOISE_FACTOR * (noise.ce[want.step] ?? 0))
    checker.compare(at, 'cross-entropy', [got.ce], [want.ce], { absolute: tolerance, relative: 0 })
    checker.compare(at, 'size loss', [got.sizeLoss], [want.compression_loss], { absolute: want.step === 0 ? 0 : CROSS_ENTROPY, relative: FIRST_STEP })
    if (want.step === 0) {
      checker.compare(at, 'correct images', [got.correct], [want.correct], SAME)
      checker.compare(at, 'logits (relative distance)', [distance(got.logits, recorded.train_logits_step0.data)], [0], { absolute: FIRST_STEP, relative: 0 })
      checkTensors(checker, at, 'gradient', got.gradients, recorded.gradients_step0, gradientTolerance)
    }
    if (want.step === perEpoch) {
      const wanted = Object.entries(recorded.gradients_step20).flatMap(([key, values]) => (values === null ? [] : [{ key, values }]))
      const mine = wanted.flatMap(({ key, values }) => Array.from(got.gradients.get(key) ?? values.map(() => Number.NaN)))
      checker.compare(at, 'gradient of everything (relative distance)', [distance(mine, wanted.flatMap(({ values }) => values))], [0], { absolute: TRAINED, relative: 0 })
    }
    const state = run.state()
    checkStep(checker, at, recorded, want, got.gradients, state)
    if (want.step === 0) checkTensors(checker, at, 'parameter after it', state, renamed(recorded.parameters_after_step1), steppedTolerance)
  }
  checkEvaluation(checker, `${name} in the end`, run, images, recorded.eval_final)
  checkSize(checker, `${name} in the end`, recorded, run, recorded.final_loss_state)
  const final = Object.fromEntries(Object.entries(recorded.final_tensors).filter(([key]) => !key.endsWith('nncf_padding_value')).map(([key, tensor]) => [key, tensor.data]))
  checkTensors(checker, `${name} in the end`, 'tensor', run.state(), final, (key, size) => {
    const range = key.endsWith('.input_low') ? norm(final[key.replace('input_low', 'input_range')] ?? []) : 0
    return Math.max((TRAINED * Math.hypot(size, range)) / size, NOISE_FACTOR * (noise.final_tensors_rel_l2[key] ?? 0))
  })
}

/** Placement, ranges, signs and running statistics before the first step. */
function checkInitialState(checker: FamilyChecker, recorded: TrajectoryFile, run: TrajectoryRun): void {
  const { name } = recorded
  checker.compare(name, 'order of quantizers', run.specs.map((spec) => recorded.execution_order.indexOf(recordedKey(spec))), recorded.execution_order.map((_, i) => i), SAME)
  const state = run.state()
  for (const { key, half_range, init } of recorded.quantizers) {
    const spec = run.specs.find((candidate) => recordedKey(candidate) === key)
    checker.compare(`${name}, ${key}`, 'half range', [Number(spec?.halfRange)], [Number(half_range)], SAME)
    if (init.scale) checker.compare(`${name}, ${key}`, 'sign', state.get(`${key}.signed`) ?? [], [Number(init.signed)], SAME)
    for (const [suffix, want] of Object.entries({ scale: init.scale, input_low: init.input_low, input_range: init.input_range })) {
      if (want) checker.compare(`${name}, ${key}`, `initial ${suffix}`, state.get(`${key}.${suffix}`) ?? [], want, INITIAL_RANGE)
    }
  }
  for (const [key, want] of Object.entries(recorded.running_stats_before_training)) checker.compare(name, key, state.get(key) ?? [], want, INITIAL_RANGE)
}

/** Widths (exact as integers, unless the parameter lies at a half), ranges and the gradients of widths of one step. */
function checkStep(checker: FamilyChecker, at: string, recorded: TrajectoryFile, want: RecordedStep, gradients: ReadonlyMap<string, Float32Array>, state: ReadonlyMap<string, Float32Array>): void {
  const keys = recorded.quantizers.map(({ key }) => key)
  const bits = keys.map((key) => state.get(`${key}._num_bits`)?.[0] ?? Number.NaN)
  if (want.num_bits_param) checker.compare(at, 'widths', bits, want.num_bits_param, WIDTH)
  if (want.num_bits_int && want.num_bits_param) {
    const atHalf = want.num_bits_param.flatMap((value, i) => (Math.abs(Math.abs(value % 1) - 0.5) <= WIDTH.absolute ? [i] : []))
    checker.compare(at, 'integer widths', bits.map((value) => roundHalfEven(Math.min(12, Math.max(4, value)))), want.num_bits_int, SAME, new Set(atHalf))
  }
  if (want.grad_num_bits && want.step === 0) {
    const mine = keys.map((key) => gradients.get(`${key}._num_bits`)?.[0] ?? Number.NaN)
    checker.compare(at, 'gradients of widths', mine, want.grad_num_bits.map((value) => value ?? 0), { absolute: REDUCED, relative: FIRST_STEP })
  }
  want.ranges?.forEach((values, i) => {
    const key = keys[i] ?? ''
    const suffixes = values.length === 1 ? ['scale'] : ['input_low', 'input_range']
    const means = suffixes.map((suffix) => mean(state.get(`${key}.${suffix}`) ?? []))
    checker.compare(at, `ranges of ${key} (relative distance)`, [distance(means, values)], [0], RANGE)
  })
}

function checkTensors(checker: FamilyChecker, at: string, what: string, got: ReadonlyMap<string, Float32Array>, want: Readonly<Record<string, readonly number[] | null>>, tolerance: (key: string, size: number) => number): void {
  for (const [key, values] of Object.entries(want)) {
    if (values === null || key.endsWith('signed_tensor') || key.endsWith('enabled')) continue
    const mine = got.get(key)
    checker.compare(at, `${what} ${key} (relative distance)`, [mine ? distance(mine, values) : Number.NaN], [0], { absolute: tolerance(key, norm(values)), relative: 0 })
  }
}

function checkEvaluation(checker: FamilyChecker, at: string, run: TrajectoryRun, images: RecordedImages, want: RecordedEvaluation | undefined): void {
  if (!want) return
  const got = run.evaluate(images.evaluation)
  checker.compare(at, 'cross-entropy of 256 images', [got.ce], [want.ce_256], { absolute: CROSS_ENTROPY, relative: 0 })
  checker.compare(at, 'correct of 256 images', [got.correct], [want.top1_256], IMAGES_MAY_FLIP)
  checker.compare(at, 'logits of 8 images (relative distance)', [distance(got.logits, want.logits_first8.data)], [0], { absolute: EVALUATED_LOGITS, relative: 0 })
}

function checkSize(checker: FamilyChecker, at: string, recorded: TrajectoryFile, run: TrajectoryRun, want: RecordedSizeState | undefined): void {
  if (!want || !recorded.compression_config) return
  const state = run.state()
  const sizeOf = sizeCost(run.specs)
  const clamped = run.specs.map((spec) => clampedWidth(spec, state.get(`${recordedKey(spec)}._num_bits`)?.[0] ?? 0))
  const initial = sizeOf(run.specs.map((spec) => spec.initialBits))
  const size = sizeOf(clamped.map(roundHalfEven))
  // A width that lies at a half, within the tolerance of widths, may round to the other side.
  if (clamped.some((value) => Math.abs((value % 1) - 0.5) <= WIDTH.absolute)) return
  checker.compare(at, 'size and rate', [size, initial / size], [want.current_model_size, want.compression_rate], { absolute: 0, relative: 1e-6 })
  checker.compare(at, 'fractional rate', [initial / sizeOf(clamped)], [want.fractional_model_size], { absolute: 0, relative: 1e-3 })
}

/** State-dict names for what the optimizer calls the stored range parameters. */
const renamed = (values: Readonly<Record<string, readonly number[]>>): Record<string, readonly number[]> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key.replace('_scale_param_storage', 'scale').replace('_input_range_param_storage', 'input_range'), value]))

const isReduced = (key: string): boolean => /num_bits|_storage|input_low/.test(key)
const norm = (values: ArrayLike<number>): number => Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0))
const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length
/** |got - want| / |want|; 0 where both are zero. */
function distance(got: ArrayLike<number>, want: readonly number[]): number {
  const off = norm(want.map((value, i) => (got[i] ?? Number.NaN) - value))
  return off === 0 ? 0 : off / norm(want)
}
