import { describe, expect, it } from 'vitest'
import { OptimizerConfig } from '../contract/training-config'
import type { EngineState, TrainingEngine } from './training-engine'
import { tinyEngines } from './testing/tiny-engine'
import { noiseBatch } from './testing/tiny-network'

const BATCH = 4
const SHAPE = [6, 6, 2] as const
const plainSgd = (rate: number) => OptimizerConfig.parse({ type: 'SGD', base_lr: rate, weight_decay: 0, optimizer_params: { momentum: 0 } })
const momentumSgd = OptimizerConfig.parse({ type: 'SGD', base_lr: 0.01 })

const engineWith = tinyEngines()
function engineFor(options: { optimizer: OptimizerConfig; compile?: boolean; compileFrom?: number; alpha?: number; mode?: 'symmetric' | 'asymmetric' }): TrainingEngine {
  const { optimizer, compile = true, compileFrom, alpha = 40, mode = 'symmetric' } = options
  return engineWith({ optimizer, compile, compileFrom, float: true, loss: { alpha }, compression: { weights: { mode }, activations: { mode } } })
}

const batch = noiseBatch(1, BATCH, SHAPE, 3)
const step = (engine: TrainingEngine, kind: 'float' | 'width', rate: number, at = batch) =>
  engine.step(kind, { batch: at, learningRate: rate, stageStep: 1, seed: Int32Array.of(0, at.step) })

/** The gradient that one plain SGD step applied to a variable. */
function appliedGradient(engine: TrainingEngine, kind: 'float' | 'width', name: string, before: EngineState): Float32Array {
  engine.write(before)
  step(engine, kind, 1)
  const after = engine.read().get(name) ?? new Float32Array()
  return (before.get(name) ?? new Float32Array()).map((value, i) => value - (after[i] ?? 0))
}

const lossAt = (engine: TrainingEngine, kind: 'float' | 'width', state: EngineState): number => {
  engine.write(state)
  const result = step(engine, kind, 0)
  return result.crossEntropy + result.sizeLoss
}

const moved = (state: EngineState, name: string, index: number, by: number): EngineState => {
  const value = Float32Array.from(state.get(name) ?? [])
  value[index] = (value[index] ?? 0) + by
  return new Map([...state, [name, value]])
}

describe('gradients of a training step', () => {
  it('equal central differences of the loss for every kind of parameter in float', () => {
    const engine = engineFor({ optimizer: plainSgd(1), compileFrom: 1 })
    const state = engine.read()
    for (const name of ['conv1.weight', 'bn1.weight', 'bn1.bias', 'depthwise.weight', 'bn2.weight', 'pointwise.weight', 'bn3.bias', 'fc.weight', 'fc.bias']) {
      const gradient = appliedGradient(engine, 'float', name, state)
      const largest = gradient.reduce((best, value, i) => (Math.abs(value) > Math.abs(gradient[best] ?? 0) ? i : best), 0)
      const h = 1e-3
      const difference = (lossAt(engine, 'float', moved(state, name, largest, h)) - lossAt(engine, 'float', moved(state, name, largest, -h))) / (2 * h)
      expect([name, Math.abs((gradient[largest] ?? 0) - difference) <= 2e-3 + 0.05 * Math.abs(difference)]).toEqual([name, true])
    }
  })

  it('of a bit-width equal the slope between two widths, where the loss is linear in each', () => {
    for (const mode of ['symmetric', 'asymmetric'] as const) {
      const engine = engineFor({ optimizer: plainSgd(1), alpha: 0, compile: false, mode })
      // Coarse widths make the differences between neighbouring widths large against float noise.
      const coarse = new Map([...engine.read()].map(([name, value]) => [name, name === 'quantizers/bits' ? value.map(() => 4.5) : value] as const))
      const gradient = appliedGradient(engine, 'width', 'quantizers/bits', coarse)
      const last = gradient.length - 1
      const h = 0.05
      const difference = (lossAt(engine, 'width', moved(coarse, 'quantizers/bits', last, h)) - lossAt(engine, 'width', moved(coarse, 'quantizers/bits', last, -h))) / (2 * h)
      expect(Math.abs((gradient[last] ?? 0) - difference)).toBeLessThanOrEqual(1e-4 + 0.02 * Math.abs(difference))
    }
  })
})

describe('what a step tells of bit-widths', () => {
  it('are the gradients by task and by size that together move each of them', () => {
    const engine = engineFor({ optimizer: plainSgd(1) })
    const state = new Map([...engine.read()].map(([name, value]) => [name, name === 'quantizers/bits' ? value.map(() => 4.5) : value] as const))
    engine.write(state)
    const { result } = engine.stepWithGradients('width', { batch, learningRate: 0, stageStep: 1, seed: Int32Array.of(0, batch.step) })
    const applied = appliedGradient(engine, 'width', 'quantizers/bits', state)
    const { task, size } = result.widthGradients
    expect([task.length, size.length]).toEqual([applied.length, applied.length])
    applied.forEach((value, i) => expect(value).toBeCloseTo((task[i] ?? NaN) + (size[i] ?? NaN), 5))
    expect([...task, ...size].filter((value) => value !== 0).length).toBeGreaterThan(applied.length)
  })
})

describe('training steps', () => {
  it('learn a batch by heart, in float and with fractional widths', () => {
    const engine = engineFor({ optimizer: momentumSgd, alpha: 0 })
    for (const kind of ['float', 'width'] as const) {
      const first = step(engine, kind, 0.05).crossEntropy
      for (let i = 0; i < 60; i++) step(engine, kind, 0.05)
      expect(step(engine, kind, 0.05).crossEntropy).toBeLessThan(0.7 * first)
    }
  })

  it('give the same widths whether quantizers are compiled or not, up to float noise', () => {
    const widths = [true, false].map((compile) => {
      const engine = engineFor({ optimizer: momentumSgd, compile, compileFrom: 1 })
      for (let i = 0; i < 5; i++) step(engine, 'width', 0.01, noiseBatch(i, BATCH, SHAPE, 3))
      return engine.read().get('quantizers/bits') ?? new Float32Array()
    })
    const [compiled, plain] = widths
    expect(compiled?.length).toBeGreaterThan(0)
    compiled?.forEach((value, i) => expect(Math.abs(value - (plain?.[i] ?? 0))).toBeLessThanOrEqual(1e-3))
  })

  it('leave frozen widths where they are', () => {
    const engine = engineFor({ optimizer: momentumSgd })
    step(engine, 'width', 0.1)
    const count = engine.read().get('quantizers/bits')?.length ?? 0
    engine.write(new Map([['quantizers/bits', new Float32Array(count).fill(5)], ['quantizers/frozen', new Float32Array(count).fill(1)]]))
    for (let i = 0; i < 5; i++) step(engine, 'width', 0.1)
    expect(engine.read().get('quantizers/bits')).toEqual(new Float32Array(count).fill(5))
  })

  it('go on from a saved state exactly as without a break', () => {
    const whole = engineFor({ optimizer: momentumSgd })
    const batches = Array.from({ length: 8 }, (_, i) => noiseBatch(i, BATCH, SHAPE, 3))
    for (const at of batches.slice(0, 4)) step(whole, 'width', 0.02, at)
    const saved = whole.read()
    for (const at of batches.slice(4)) step(whole, 'width', 0.02, at)
    const resumed = engineFor({ optimizer: momentumSgd })
    resumed.write(saved, true)
    for (const at of batches.slice(4)) step(resumed, 'width', 0.02, at)
    expect(resumed.read()).toEqual(whole.read())
  })

  it('keep native tensors and resident memory flat over 500 steps', () => {
    const engine = engineFor({ optimizer: momentumSgd })
    const MEBIBYTE = 2 ** 20
    for (let i = 0; i < 100; i++) step(engine, 'width', 0.001)
    const tensors = engine.nativeTensors
    const before = process.memoryUsage.rss()
    for (let i = 0; i < 500; i++) step(engine, 'width', 0.001)
    expect(engine.nativeTensors).toBe(tensors)
    expect(process.memoryUsage.rss() - before).toBeLessThan(40 * MEBIBYTE)
  })
})
