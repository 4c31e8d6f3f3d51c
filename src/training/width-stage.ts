import type { BudgetOutcome } from '../contract/entities'
import type { RoundingMethod } from '../contract/training-config'
import type { CostBudget } from '../quantization/cost-budget'
import { batchesFor, rangeSamples } from '../quantization/range-scopes'
import { widthSpecs } from '../quantization/width-layout'
import type { MeasuredGradients } from '../quantization/width-sensitivity'
import { budgetOutcome, exactRoundings, plainWidths, type RoundedWidths, roundToBudget } from '../quantization/width-rounding'
import { loadGivenWeights } from './given-files'
import type { RunParts } from './run-parts'
import { tryRoundings } from './rounding-trial'
import { initialisationBatches, sensitivityBatches, trialBatches } from './run-passes'
import type { QuantizerState } from './statistics/quantization-statistics'

const DEFAULT_ADAPTATION_SAMPLES = 2000

/**
 * Ranges from training batches through the float network, then batch-norm statistics through the quantized one (spec 7.5). `between` runs
 * after every batch and may throw to leave.
 */
export async function initialiseWidths(parts: RunParts, between: () => Promise<void>): Promise<void> {
  const { config, engine } = parts
  const { compression } = config
  if (!compression) return
  const { range } = compression.initializer
  await setTeacher(parts)
  const collection = engine.createCollection(range)
  for (let pass = 0; pass < collection.passes; pass++) {
    if (pass > 0) collection.nextPass()
    await initialisationBatches(parts, batchesFor(rangeSamples(range), parts.initialisationBatchSize), (batch) => { engine.collectRanges(batch, collection) }, between)
  }
  engine.initialiseRanges(collection, compression.algorithm === 'quantization')
  await adaptBatchNorms(parts, null, between)
  engine.resetOptimizer()
  engine.restartAverages()
  engine.restartOscillations()
}

/** What is learned from beside the labels: the FP32 weights as they are now, or those of a file. */
async function setTeacher({ config, engine, built, specs }: RunParts): Promise<void> {
  const file = config.compression?.distillation?.teacher
  engine.setTeacher(file === undefined ? undefined : (await loadGivenWeights(file, built.variables, specs)).state)
}

/** A freeze that has begun is not left in the middle: a resumed run would take it for finished. */
const withoutPause = (): Promise<void> => Promise.resolve()

/** Statistics of batch norms from training images through the network with integer widths; from as many as the initialisation takes, unless it is said. */
export function adaptBatchNorms(parts: RunParts, given: number | null = null, between = withoutPause): Promise<void> {
  const initial = parts.config.compression?.initializer.batchnorm_adaptation?.num_bn_adaptation_samples ?? DEFAULT_ADAPTATION_SAMPLES
  const batches = batchesFor(given ?? initial, parts.initialisationBatchSize)
  return initialisationBatches(parts, batches, (batch) => { parts.engine.adaptBatchNorm(batch) }, between)
}

/** The averages become the weights of the final model, where it is asked for, with batch norms to fit. */
export async function finishWeights(parts: RunParts): Promise<void> {
  const { compression } = parts.config
  if (compression?.weight_averaging === undefined) return
  parts.engine.takeAverages()
  await adaptBatchNorms(parts, compression.batchnorm_reestimation?.samples)
}

/** How this run rounds: as it says, else as its compatibility has it. */
const roundingOf = ({ config, switches }: RunParts): RoundingMethod => config.compression?.rounding ?? (switches.roundsPlainly ? 'plain' : 'exact')

const bitsOf = ({ engine }: RunParts): Float32Array => engine.read(['quantizers/bits']).get('quantizers/bits') ?? new Float32Array()

/** The integer widths, one a quantizer or one for each of its kernels, of the model as it is now evaluated: plainly rounded, which leaves frozen ones as they are. */
export const integerWidths = (parts: RunParts): number[] => plainWidths(bitsOf(parts), parts.specs)

/** What the model as it is now costs. `frozen` is the outcome of the freeze, where there was one: what flipped then. Null where no widths are learned. */
export function currentOutcome(parts: RunParts, frozen: BudgetOutcome | null): BudgetOutcome | null {
  if (parts.budget === null) return null
  const widths = integerWidths(parts)
  const outcome = budgetOutcome(roundingOf(parts), parts.budget, parts.specs, widths, widths)
  return frozen === null ? outcome : { ...frozen, ...outcome, flips: frozen.flips, ...(frozen.kernelFlips === undefined ? {} : { kernelFlips: frozen.kernelFlips }) }
}

/** Batches that tell how much each width matters, and as many on which roundings are tried. */
const SENSITIVITY_BATCHES = 16

/** Gradient of the cross-entropy by width over some training batches, and how sure it is. */
async function measureGradients(parts: RunParts, between: () => Promise<void>): Promise<MeasuredGradients> {
  const batches: Float32Array[] = []
  await sensitivityBatches(parts, SENSITIVITY_BATCHES, (batch) => { batches.push(parts.engine.widthGradients(batch, Int32Array.of(parts.config.seed ?? 0, batches.length))) }, between)
  const count = batches.length
  const mean = Float64Array.from(widthSpecs(parts.specs), (_, i) => batches.reduce((sum, values) => sum + (values[i] ?? 0), 0) / Math.max(1, count))
  // One batch tells nothing of its error: then only what is expected counts.
  const standardError = mean.map((value, i) => (count < 2 ? Infinity : Math.sqrt(batches.reduce((sum, values) => sum + ((values[i] ?? 0) - value) ** 2, 0) / (count - 1) / count)))
  return { mean, standardError }
}

/** The rounding by a method; of several exact ones, the one that training images are classified best with. */
async function rounding(parts: RunParts, method: RoundingMethod, budget: CostBudget, gradients: MeasuredGradients, between: () => Promise<void>): Promise<RoundedWidths> {
  const { config, engine, specs } = parts
  const bits = bitsOf(parts)
  if (method !== 'exact') return roundToBudget(method, bits, specs, budget, gradients)
  const roundings = exactRoundings(bits, specs, budget, gradients)
  const seed = config.seed ?? 0
  return tryRoundings(engine, roundings, (use) => {
    let count = 0
    return trialBatches(parts, SENSITIVITY_BATCHES, (batch) => { use(batch, Int32Array.of(seed, count++)) }, between)
  })
}

/**
 * Freezes all widths. They become their integers for good, or, as in the original, keep the fraction that they are rounded from at every use.
 * `between` runs between batches and may throw to leave; then nothing is frozen yet.
 */
export async function freezeWidths(parts: RunParts, between: () => Promise<void>): Promise<BudgetOutcome | null> {
  const { engine, switches, budget } = parts
  const method = roundingOf(parts)
  const gradients = budget === null ? null : await measureGradients(parts, between)
  const rounded = budget === null || gradients === null ? null : await rounding(parts, method, budget, gradients, between)
  const widths = rounded?.widths ?? integerWidths(parts)
  const frozen = new Float32Array(widths.length).fill(1)
  const values: [string, Float32Array][] = switches.frozenWidthsDrift ? [] : [['quantizers/bits', Float32Array.from(widths)]]
  engine.write(new Map([...values, ['quantizers/frozen', frozen]]))
  const { batchnorm_reestimation: reestimation } = parts.config.compression ?? {}
  if (reestimation !== undefined) await adaptBatchNorms(parts, reestimation.samples)
  engine.restartAverages()
  engine.restartOscillations()
  return rounded?.outcome ?? null
}

/** What a freeze came to, in a sentence. */
export function freezeNote({ specs }: Pick<RunParts, 'specs'>, outcome: BudgetOutcome | null): string {
  if (outcome === null) return 'Bit-widths frozen'
  const { kernelFlips = 0 } = outcome
  const kernels = kernelFlips === 0 ? [] : [`${kernelFlips} kernels`]
  const flips = [...kernels, ...outcome.flips.map(({ quantizer, from, to }) => `${specs[quantizer]?.id ?? ''} ${from} to ${to}`)]
  const changed = outcome.method === 'plain' ? '' : flips.length === 0 ? '; plain rounding meets the budget' : `; otherwise than by plain rounding: ${flips.join(', ')}`
  const { trial } = outcome
  const tried =
    trial === undefined
      ? ''
      : `; of ${trial.losses.length} roundings tried on ${trial.images} training images, number ${trial.taken + 1} was taken (cross-entropy ${trial.losses.map((loss) => loss.toFixed(4)).join(', ')})`
  return `Bit-widths frozen at a rate of ${outcome.rate.toFixed(3)} for ${outcome.targetRate.toFixed(3)} (${outcome.method} rounding)${changed}${tried}`
}

/** Makes all widths trainable again, as the original does when it loads a checkpoint. */
export function unfreezeWidths({ engine, specs }: RunParts): void {
  engine.write(new Map([['quantizers/frozen', new Float32Array(widthSpecs(specs).length)]]))
}

export function areWidthsFrozen({ engine }: RunParts): boolean {
  return (engine.read(['quantizers/frozen']).get('quantizers/frozen')?.[0] ?? 0) > 0.5
}

/** What the tables about quantizers are made from. */
export function quantizerStateOf({ engine }: RunParts): QuantizerState {
  const read = engine.read(['quantizers/bits', 'quantizers/signed'])
  return { widths: read.get('quantizers/bits') ?? [], signed: read.get('quantizers/signed') ?? [] }
}
