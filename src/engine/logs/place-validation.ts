import type { SeriesColumns } from '../../contract/entities'

/** Logged once an epoch at training steps; the sample logs it with learned widths only. */
const BY_EPOCH = 'compression/statistics/'
const VALIDATION = /^val\//

/** Smallest distance between neighbours, where all steps are multiples of it; null where there are not two. */
function stepsAnEpoch(series: readonly SeriesColumns[]): number | null {
  const steps = [...new Set(series.flatMap((one) => one.steps))].sort((a, b) => a - b)
  const distances = steps.slice(1).map((step, index) => step - (steps[index] ?? 0))
  const least = Math.min(...distances)
  return Number.isFinite(least) && least > 0 && steps.every((step) => step % least === 0) ? least : null
}

/**
 * The sample places validation at (validation batches x epoch), which is no step of training: its curve would end far before that of training.
 * Where the logs tell how many steps an epoch has, its points move to the last step of their epoch. `every`: epochs from one validation to the next.
 * Null where that is not certain; then nothing is moved.
 */
export function placeValidation(series: readonly SeriesColumns[], every: number): SeriesColumns[] | null {
  const train = stepsAnEpoch(series.filter(({ key }) => key.startsWith(BY_EPOCH)))
  const apart = stepsAnEpoch(series.filter(({ key }) => VALIDATION.test(key)))
  if (train === null || apart === null || apart % every !== 0) return null
  const last = series.reduce((most, { key, steps }) => (key.startsWith('train/') ? Math.max(most, steps.at(-1) ?? 0) : most), 0)
  const placed = (step: number): number => (step / (apart / every) + 1) * train - 1
  const moved = series.map((one) => (VALIDATION.test(one.key) ? { ...one, steps: one.steps.map(placed) } : one))
  return moved.every(({ key, steps }) => !VALIDATION.test(key) || (steps.at(-1) ?? 0) <= last) ? moved : null
}
