import { bitOperations, bitOpsTerms } from '../quantization/bitops-loss'
import { batchesFor, rangeSamples } from '../quantization/range-scopes'
import { type RoundedWidths, roundWidths, sizeCost } from '../quantization/round-widths'
import type { RunParts } from './run-parts'
import { initialisationBatches } from './run-passes'
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
  const { range, batchnorm_adaptation: adaptation } = compression.initializer
  const { initialisationBatchSize: size } = parts
  const collection = engine.createCollection(range)
  for (let pass = 0; pass < collection.passes; pass++) {
    if (pass > 0) collection.nextPass()
    await initialisationBatches(parts, batchesFor(rangeSamples(range), size), (batch) => { engine.collectRanges(batch, collection) }, between)
  }
  engine.initialiseRanges(collection, compression.algorithm === 'quantization')
  const adaptationBatches = batchesFor(adaptation?.num_bn_adaptation_samples ?? DEFAULT_ADAPTATION_SAMPLES, size)
  await initialisationBatches(parts, adaptationBatches, (batch) => { engine.adaptBatchNorm(batch) }, between)
  engine.resetOptimizer()
}

/** What the loss is about: bits of all weights, or bit operations of an image, at one width a quantizer. */
export function costOf({ config, network, specs }: RunParts): (widths: readonly number[]) => number {
  if (config.compression?.loss.type !== 'bitops') return sizeCost(specs)
  const terms = bitOpsTerms(network, specs)
  return (widths) => bitOperations(terms, widths)
}

/** The integer widths that the current ones stand for: rounded half to even, and, unless the run rounds plainly, lowered until the target is met. */
export function integerWidths(parts: RunParts): RoundedWidths {
  const { engine, specs, config, switches } = parts
  const bits = engine.read(['quantizers/bits']).get('quantizers/bits') ?? new Float32Array()
  const { compression } = config
  const target = compression?.algorithm === 'fracbits_quantization' && !switches.roundsPlainly ? compression.loss.compression_rate : null
  return roundWidths(bits, specs, target, costOf(parts))
}

/** Freezes all widths. They become their integers for good, or, as in the original, keep the fraction that they are rounded from at every use. */
export function freezeWidths(parts: RunParts): string {
  const { engine, specs, switches } = parts
  const rounded = integerWidths(parts)
  const frozen = new Float32Array(specs.length).fill(1)
  const values: [string, Float32Array][] = switches.frozenWidthsDrift ? [] : [['quantizers/bits', Float32Array.from(rounded.widths)]]
  engine.write(new Map([...values, ['quantizers/frozen', frozen]]))
  const lowered = rounded.lowered.length > 0 ? `; one bit taken from ${rounded.lowered.join(', ')} to meet the target` : ''
  return `Bit-widths frozen at a rate of ${rounded.rate.toFixed(3)}${lowered}`
}

/** Makes all widths trainable again, as the original does when it loads a checkpoint. */
export function unfreezeWidths({ engine, specs }: RunParts): void {
  engine.write(new Map([['quantizers/frozen', new Float32Array(specs.length)]]))
}

export function areWidthsFrozen({ engine }: RunParts): boolean {
  return (engine.read(['quantizers/frozen']).get('quantizers/frozen')?.[0] ?? 0) > 0.5
}

/** What the tables about quantizers are made from. */
export function quantizerStateOf({ engine }: RunParts): QuantizerState {
  const read = engine.read(['quantizers/bits', 'quantizers/signed'])
  return { widths: read.get('quantizers/bits') ?? [], signed: read.get('quantizers/signed') ?? [] }
}
