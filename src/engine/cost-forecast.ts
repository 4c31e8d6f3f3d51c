import type { CostForecast } from '../contract/configurations'
import { inputSizeOf, TrainingConfig } from '../contract/training-config'
import type { RunCost } from '../store/repositories/run-costs'

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0

/** Whether two configurations make the same work of a batch. */
function isSameWork(a: TrainingConfig, b: TrainingConfig): boolean {
  const work = (config: TrainingConfig): string =>
    JSON.stringify([config.model, config.model_params, inputSizeOf(config), config.batch_size, config.compression === undefined])
  return work(a) === work(b)
}

/** Most memory in bytes that runs of the same work have taken; null where none was measured. */
export function expectedMemory(config: TrainingConfig, earlier: readonly RunCost[]): number | null {
  const bytes = earlier.flatMap(({ config: stored, residentBytes }) => {
    const parsed = TrainingConfig.safeParse(stored)
    return residentBytes !== null && parsed.success && isSameWork(parsed.data, config) ? [residentBytes] : []
  })
  return bytes.length === 0 ? null : Math.max(...bytes)
}

/**
 * What runs of the same model on this machine let expect. Without one that did the same work, speed is scaled by the multiply-accumulates of an
 * image (`macsOf`), and memory is left open. Null without any run of the model.
 */
export function forecastCost(
  config: TrainingConfig,
  earlier: readonly RunCost[],
  macsOf: (config: TrainingConfig) => number,
  trainImages: number | null,
): CostForecast | null {
  const known = earlier.flatMap(({ config: stored, ...cost }) => {
    const parsed = TrainingConfig.safeParse(stored)
    return parsed.success ? [{ ...cost, config: parsed.data }] : []
  })
  if (known.length === 0) return null
  const same = known.filter((run) => isSameWork(run.config, config))
  const basis = same.length > 0 ? 'same' : 'similar'
  const macs = basis === 'same' ? 1 : macsOf(config)
  const imagesPerSecond = median(
    basis === 'same' ? same.map((run) => run.imagesPerSecond) : known.map((run) => (run.imagesPerSecond * macsOf(run.config)) / macs),
  )
  const memory = same.flatMap(({ residentBytes }) => (residentBytes === null ? [] : [residentBytes]))
  return {
    basis,
    runs: basis === 'same' ? same.length : known.length,
    imagesPerSecond,
    secondsPerEpoch: trainImages === null ? null : trainImages / imagesPerSecond,
    residentBytes: memory.length === 0 ? null : median(memory),
  }
}
