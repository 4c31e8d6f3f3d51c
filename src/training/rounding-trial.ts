import type { Batch } from '../data/batch'
import type { RoundedWidths } from '../quantization/width-rounding'
import type { TrainingEngine } from './training-engine'

type UseOfBatch = (batch: Batch, seed: Int32Array) => void

/**
 * Of several roundings within the budget, the one with the least cross-entropy on training batches, each batch normalised by its own statistics as
 * in the epochs that follow. An estimate from gradients holds near the learned widths only; this is what tells whether it was right.
 * `eachBatch` hands out the same batches every time. Widths are as before afterwards, also where a batch throws.
 */
export async function tryRoundings(engine: TrainingEngine, roundings: readonly RoundedWidths[], eachBatch: (use: UseOfBatch) => Promise<void>): Promise<RoundedWidths> {
  const [first, ...others] = roundings
  if (first === undefined) throw new RangeError('there is no rounding to try')
  if (others.length === 0) return first
  const before = engine.read(['quantizers/bits', 'quantizers/frozen'])
  const losses: number[] = []
  let images = 0
  try {
    for (const { widths } of roundings) {
      engine.write(new Map([['quantizers/bits', Float32Array.from(widths)], ['quantizers/frozen', new Float32Array(widths.length).fill(1)]]))
      let [sum, batches] = [0, 0]
      images = 0
      await eachBatch((batch, seed) => {
        sum += engine.widthCrossEntropy(batch, seed)
        batches += 1
        images += batch.labels.length
      })
      losses.push(sum / batches)
    }
  } finally {
    engine.write(before)
  }
  // No batch, or a loss that is no number, tells nothing: the estimate stands.
  const taken = Math.max(0, losses.indexOf(Math.min(...losses)))
  const chosen = roundings[taken] ?? first
  return images === 0 ? first : { ...chosen, outcome: { ...chosen.outcome, trial: { images, losses, taken } } }
}
