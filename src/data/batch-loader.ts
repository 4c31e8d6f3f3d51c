import type { Batch, BatchLoader } from './batch'
import type { BatchFiller } from './batch-filler'
import type { FillRequest, RandomSource } from './fill-batch'
import type { Slot, SlotCache } from './slot-cache'

/** Batches prepared ahead take at most this much memory, however large the images are (but two are always allowed). */
const MAX_AHEAD_BYTES = 256 * 1024 * 1024

/** Which images come in which batch. */
export interface BatchPlan {
  readonly split: 'train' | 'validation'
  readonly batchSize: number
  /** Images in the order they are delivered. */
  readonly order: Uint32Array
  readonly firstStep: number
  /** Number of batches from step 0. */
  readonly steps: number
  readonly augmentation: RandomSource | null
  /** Draws other images for those that cannot be used; null leaves their places empty. */
  readonly substitution: RandomSource | null
}

export interface BatchLoaderDeps {
  readonly filler: BatchFiller
  readonly slots: SlotCache
  readonly imageBytes: number
}

/** Delivers the batches of a plan in order, whoever makes them and however many at once. */
export function createBatchLoader(plan: BatchPlan, { filler, slots, imageBytes }: BatchLoaderDeps): BatchLoader {
  const { batchSize, steps } = plan
  const limit = Math.min(filler.ahead, Math.max(2, Math.floor(MAX_AHEAD_BYTES / (batchSize * imageBytes))))
  const pending = new Map<number, Promise<Slot>>()
  /** Batches that are being made, wait to be asked for, or are with the caller. */
  let inUse = 0
  let dispatched = Math.min(plan.firstStep, steps)
  let wanted = dispatched
  let waitedMs = 0
  let closed = false
  let reportClosed: (value: null) => void = () => undefined
  const closing = new Promise<null>((resolve) => (reportClosed = resolve))

  const dispatch = (): void => {
    const step = dispatched++
    const slot = slots.take(batchSize, imageBytes)
    const firstPosition = step * batchSize
    const indices = plan.order.slice(firstPosition, firstPosition + batchSize)
    const request: FillRequest = {
      split: plan.split,
      indices,
      firstPosition,
      augmentation: plan.augmentation,
      substitution: plan.substitution,
      ...slot,
    }
    inUse++
    const filled = filler.fill(request).then(() => slot)
    // A failure is reported to whoever asks for the batch; until then it must not count as unhandled.
    filled.catch(() => undefined)
    pending.set(step, filled)
  }

  const dispatchAhead = (): void => {
    while (!closed && dispatched < steps && inUse < limit) dispatch()
  }

  const giveBack = (slot: Slot): void => {
    inUse--
    slots.give(slot)
    dispatchAhead()
  }

  const deliver = (step: number, slot: Slot): Batch => {
    let released = false
    return {
      ...slot,
      step,
      release() {
        if (released) throw new Error(`the batch of step ${step} was released twice`)
        released = true
        giveBack(slot)
      },
    }
  }

  dispatchAhead()

  return {
    steps,
    get waitedMs() {
      return waitedMs
    },

    async next() {
      if (closed || wanted >= steps) return null
      const start = performance.now()
      const step = wanted++
      // The caller may hold every batch that was prepared; then one more is made rather than waiting for ever.
      while (dispatched <= step) dispatch()
      try {
        const slot = await Promise.race([pending.get(step) ?? closing, closing])
        // What is left in `pending` is given back by `close`.
        if (slot === null || closed) return null
        pending.delete(step)
        return deliver(step, slot)
      } finally {
        waitedMs += performance.now() - start
      }
    },

    async close() {
      if (closed) return
      closed = true
      reportClosed(null)
      // Workers still write into these; only then may another loader have the memory.
      const outcomes = await Promise.allSettled(pending.values())
      pending.clear()
      for (const outcome of outcomes) if (outcome.status === 'fulfilled') giveBack(outcome.value)
    },
  }
}
