import { TrainingConfig } from '../contract/training-config'
import { MAX_REPLICAS } from '../contract/training-config/replicas'
import type { Store } from '../store/store'
import { expectedMemory } from './cost-forecast'
import type { LiveRun } from './run-supervisor'

/** What has been measured is not yet the most a run takes: validation and the freeze come later. */
const RESERVE = 1.2

interface Claim {
  readonly name: string
  readonly config: TrainingConfig | null
  /** Most memory that runs of the same work have taken; null where none was measured. */
  readonly bytes: number | null
}

export interface RoomBesideDeps {
  readonly store: Store
  readonly live: (runId: string) => LiveRun | null
  /** Memory that processes can still get, in bytes. */
  readonly availableBytes: () => number
}

const gigabytes = (bytes: number): string => `${(Math.max(0, bytes) / 1e9).toFixed(1)} GB`
const onGpu = (live: LiveRun | null): boolean => !(live?.progress?.device ?? 'CPU').startsWith('CPU')

interface GpuRange {
  readonly first: number
  readonly count: number
}

/** Which GPUs a run takes. */
const gpusOf = (config: TrainingConfig | null): GpuRange =>
  config?.gpu_id !== undefined
    ? { first: config.gpu_id, count: 1 }
    : { first: 0, count: config?.replicas ?? (config?.multiprocessing_distributed === true ? MAX_REPLICAS : 1) }

/** Whether two runs that use GPUs want one of them both. */
export function meetOnGpu(one: TrainingConfig | null, other: TrainingConfig | null): boolean {
  const [a, b] = [gpusOf(one), gpusOf(other)]
  return a.first < b.first + b.count && b.first < a.first + a.count
}

/** Why a run can't train beside those that train already, in a sentence; null where memory suffices for all of them. Runs take turns on one GPU. */
export async function obstacleBeside({ store, live, availableBytes }: RoomBesideDeps, runId: string, running: readonly string[]): Promise<string | null> {
  // Repeats of one run share a model, and what it has taken here is asked for once.
  const costs = new Map<string, ReturnType<Store['runCosts']['ofModel']>>()
  const costsOf = (model: string): ReturnType<Store['runCosts']['ofModel']> => {
    const known = costs.get(model) ?? store.runCosts.ofModel(model)
    costs.set(model, known)
    return known
  }
  const claim = async (id: string): Promise<Claim> => {
    const { name, model, config: stored } = await store.runs.get(id)
    const parsed = TrainingConfig.safeParse(stored)
    const config = parsed.success ? parsed.data : null
    return { name, config, bytes: config === null ? null : expectedMemory(config, await costsOf(model)) }
  }
  const mine = await claim(runId)
  if (mine.bytes === null) return 'It waits to run alone: how much memory it takes is not known before it has run once.'
  let outstanding = mine.bytes * RESERVE
  for (const id of running) {
    const other = await claim(id)
    const now = live(id)
    if (onGpu(now) && mine.config?.cpu_only !== true && meetOnGpu(mine.config, other.config))
      return `It waits for the GPU, on which "${other.name}" trains.`
    if (other.bytes === null) return `It waits until the memory that "${other.name}" takes is known.`
    outstanding += Math.max(0, other.bytes * RESERVE - (now?.progress?.residentBytes ?? 0))
  }
  const available = availableBytes()
  return outstanding <= available ? null : `It waits for memory: about ${gigabytes(outstanding)} are needed for all, ${gigabytes(available)} are free.`
}
