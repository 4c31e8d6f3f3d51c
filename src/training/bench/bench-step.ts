import { cpus } from 'node:os'
import type { TrainingEngine, StepInputs } from '../training-engine'
import { probeRuntime, threadCount } from '../../tensor/probe'
import { randomBatch } from './random-batch'
import type { TrainingGraph } from '../training-graph'
import { LEARNING_RATE, openStepSubject, type StepSubjectOptions } from './step-subject'

export interface StepBenchOptions extends StepSubjectOptions {
  readonly steps: number
}

/** Of a number of repetitions. */
export interface Spread {
  readonly min: number
  readonly median: number
  readonly max: number
}

export interface StepBench {
  readonly model: string
  readonly mode: string
  readonly arithmetic: string
  readonly batchSize: number
  readonly imageSize: number
  readonly widthMult: number
  /** Trained numbers of the network, quantizers apart. */
  readonly parameters: number
  readonly steps: number
  readonly secondsPerStep: Spread
  /** Processor seconds of a step on all cores: what other programs on the machine disturb least. */
  readonly cpuSecondsPerStep: Spread
  /** Milliseconds of a step spent in JavaScript, outside the native call. */
  readonly javascriptMs: Spread
  /** Seconds for one batch of as many images in evaluation. */
  readonly evaluationSeconds: Spread | null
  readonly openSeconds: number
  readonly firstStepSeconds: number
  readonly peakResidentBytes: number
  /** Resident bytes after the first and the last measured step. */
  readonly residentBytes: readonly [first: number, last: number]
  readonly nativeHandles: number
  readonly threads: number
  readonly cpu: string
  readonly node: string
  readonly tensorflow: string
  readonly device: string
}

const KIBIBYTE = 1024
const EVALUATIONS = 5

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  return { min: sorted[0] ?? Number.NaN, median: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN }
}

/** Takes training steps of a model on random images and measures them. Loads TensorFlow into this process and blocks it. */
export function benchStep(options: StepBenchOptions): StepBench {
  const { model, mode, arithmetic, widthMult, batchSize, steps } = options
  const { network, specs, built, engine, openSeconds } = openStepSubject(options)
  try {
    const kind = mode === 'fp32' ? 'float' : 'width'
    const batches = [1, 2, 3].map((seed) => randomBatch(seed, batchSize, network.input, network.numClasses))
    const take = (i: number): void => {
      const batch = batches[i % batches.length]
      if (!batch) return
      const inputs: StepInputs = { batch, learningRate: LEARNING_RATE, stageStep: i + 1, seed: Int32Array.of(0, i) }
      engine.step(kind, inputs)
    }
    const [first] = timed(engine, () => { take(0) })
    take(1)
    const residentAtFirst = process.memoryUsage.rss()
    const taken = Array.from({ length: steps }, (_, i) => timed(engine, () => { take(i + 2) }))
    const residentAtLast = process.memoryUsage.rss()
    const peakResidentBytes = process.resourceUsage().maxRSS * KIBIBYTE
    const evaluationSeconds = evaluate(engine, specs.length > 0 ? 'fractional' : 'float', batches[0])
    return {
      model,
      mode,
      arithmetic,
      batchSize,
      imageSize: network.input[0],
      widthMult,
      parameters: parameterCount(built),
      steps,
      secondsPerStep: spread(taken.map(([seconds]) => seconds)),
      cpuSecondsPerStep: spread(taken.map(([, cpu]) => cpu)),
      javascriptMs: spread(taken.map(([seconds, , native]) => 1000 * (seconds - native))),
      evaluationSeconds,
      openSeconds,
      firstStepSeconds: first,
      peakResidentBytes,
      residentBytes: [residentAtFirst, residentAtLast],
      nativeHandles: engine.nativeTensors,
      threads: threadCount(),
      cpu: cpus()[0]?.model ?? 'unknown',
      node: process.version,
      ...probeRuntime(),
    }
  } finally {
    engine.close()
  }
}

function parameterCount({ variables }: TrainingGraph): number {
  const trained = [...variables.parameters.values()].filter(({ info }) => info.trainable)
  return trained.reduce((sum, { info }) => sum + info.shape.reduce((product, length) => product * length, 1), 0)
}

function evaluate(engine: TrainingEngine, kind: 'float' | 'fractional', batch: ReturnType<typeof randomBatch> | undefined): Spread | null {
  if (!batch) return null
  const sums = new Float64Array(4)
  engine.evaluateBatch(kind, batch, sums)
  return spread(Array.from({ length: EVALUATIONS }, () => timed(engine, () => { engine.evaluateBatch(kind, batch, sums) })[0]))
}

/** Seconds of a piece of work: on the clock, on all processors, and in native calls. */
function timed(engine: TrainingEngine, work: () => void): readonly [seconds: number, cpu: number, native: number] {
  const native = engine.nativeSeconds
  const cpu = process.cpuUsage()
  const start = performance.now()
  work()
  const seconds = (performance.now() - start) / 1000
  const used = process.cpuUsage(cpu)
  return [seconds, (used.user + used.system) / 1e6, engine.nativeSeconds - native]
}
