import { describe, expect, it } from 'vitest'
import type { Batch } from '../data/batch'
import type { NetworkDefinition } from '../models/layers'
import { createNetworkBuilder } from '../models/network-builder'
import { deviceOf } from '../tensor/devices'
import { giveCpuDevices } from '../tensor/testing/cpu-devices'
import { type TinyEngineOptions, tinyEngines } from './testing/tiny-engine'
import { noiseBatch } from './testing/tiny-network'
import type { EngineState, TrainingEngine } from './training-engine'

giveCpuDevices(4)

const BATCH = 8
const SHAPE = [6, 6, 2] as const
const cpus = (count: number): string[] => Array.from({ length: count }, (_, i) => deviceOf('CPU', i))
const batchOf = (step: number): Batch => noiseBatch(step, BATCH, SHAPE, 3)

/** The `index`-th of `count` equal parts of a batch. */
function partOf(batch: Batch, index: number, count: number): Batch {
  const share = <T extends Uint8Array | Int32Array>(all: T): T => all.slice((index * all.length) / count, ((index + 1) * all.length) / count) as T
  return { ...batch, images: share(batch.images), labels: share(batch.labels) }
}

/** Nothing in it looks at other images of the batch, and it drops some of what it sees. */
function networkWithoutNorms(): NetworkDefinition {
  const net = createNetworkBuilder({ name: 'plain', className: 'Plain', input: [6, 6, 2], numClasses: 3 })
  const stem = net.relu('relu', net.conv('conv1', net.input, { out: 4, kernel: 3, stride: 2, bias: true }))
  const point = net.relu('relu2', net.conv('pointwise', stem, { out: 4, kernel: 1, bias: true }))
  return net.finish(net.linear('fc', net.dropout('drop', net.globalAveragePool('pool', point), 0.5), { out: 3 }))
}

/** Largest difference of two tensors as a share of the largest value. */
function distance(a: ArrayLike<number> | undefined, b: ArrayLike<number> | undefined): number {
  const [left, right] = [Array.from(a ?? []), Array.from(b ?? [])]
  if (left.length === 0 || left.length !== right.length) return Infinity
  const largest = left.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3)
  return left.reduce((most, value, i) => Math.max(most, Math.abs(value - (right[i] ?? NaN))), 0) / largest
}

const isFar = (a: ReadonlyMap<string, ArrayLike<number>>, b: ReadonlyMap<string, ArrayLike<number>>, limit: number): string[] =>
  [...a].filter(([name, values]) => !(distance(values, b.get(name)) <= limit)).map(([name, values]) => `${name} ${String(distance(values, b.get(name)))}`)

const engineWith = tinyEngines()
const engineFor = (options: TinyEngineOptions): TrainingEngine => engineWith({ batchSize: BATCH, float: true, optimizer: { type: 'SGD', base_lr: 0.01 }, ...options })
const inputs = (batch: Batch, stageStep = batch.step) => ({ batch, learningRate: 0.01, stageStep, seed: Int32Array.of(5, batch.step) })

describe.each([1, 1_000_000])('a batch that devices share (compiled from %i values)', (compileFrom) => {
  const compiled = { compile: true, compileFrom }

  it.each([['float', 2], ['width', 2], ['float', 4], ['width', 4]] as const)('trains the %s stage on %i devices as on one, where images do not meet', (kind, count) => {
    const options = { ...compiled, network: networkWithoutNorms(), distillation: { weight: 0.25, temperature: 2 } }
    const [one, several] = [engineFor(options), engineFor({ ...options, devices: cpus(count) })]
    for (const engine of [one, several]) engine.setTeacher()
    for (let at = 1; at <= 5; at++) {
      const [a, b] = [one, several].map((engine) => engine.stepWithGradients(kind, inputs(batchOf(at))))
      expect(isFar(a?.gradients ?? new Map(), b?.gradients ?? new Map(), 1e-4)).toEqual([])
      expect(distance(a?.logits, b?.logits)).toBeLessThanOrEqual(1e-4)
      expect(b?.result.crossEntropy).toBeCloseTo(a?.result.crossEntropy ?? NaN, 5)
      expect(b?.result.sizeLoss).toBeCloseTo(a?.result.sizeLoss ?? NaN, 5)
      expect([b?.result.top1, b?.result.top5, b?.result.rate]).toEqual([a?.result.top1, a?.result.top5, a?.result.rate])
    }
    expect(isFar(one.read(), several.read(), 1e-4)).toEqual([])
  })

  it.each([['float', 2], ['width', 2], ['float', 4], ['width', 4]] as const)('has in the %s stage on %i devices the mean of the gradients of its parts', (kind, count) => {
    const shared = engineFor({ ...compiled, devices: cpus(count) })
    const alone = engineFor({ ...compiled, batchSize: BATCH / count })
    const start: EngineState = shared.read()
    const batch = batchOf(3)
    const { gradients, result } = shared.stepWithGradients(kind, inputs(batch, 1))
    const parts = Array.from({ length: count }, (_, i) => {
      alone.write(start)
      return { ...alone.stepWithGradients(kind, inputs(partOf(batch, i, count), 1)), after: alone.read() }
    })
    const means = new Map([...gradients].map(([name, values]) => [name, values.map((_, i) => parts.reduce((sum, part) => sum + (part.gradients.get(name)?.[i] ?? NaN), 0) / count)]))
    expect(gradients.size).toBeGreaterThan(kind === 'width' ? 15 : 8)
    expect(isFar(gradients, means, 1e-4)).toEqual([])
    // The parts differ, so that a mean is something else than any of them.
    expect(isFar(gradients, parts[0]?.gradients ?? new Map(), 1e-2).length).toBeGreaterThan(5)
    expect(result.crossEntropy).toBeCloseTo(parts.reduce((sum, part) => sum + part.result.crossEntropy, 0) / count, 5)
    expect(result.top1).toBe(parts.reduce((sum, part) => sum + part.result.top1, 0))
    // The size of the model does not grow with the number of devices.
    expect(result.sizeLoss).toBeCloseTo(parts[0]?.result.sizeLoss ?? NaN, 5)
    const running = [...shared.read()].filter(([name]) => /running_(mean|var)$/.test(name) && !name.includes('/'))
    expect(running).toHaveLength(6)
    expect(isFar(new Map(running), parts[0]?.after ?? new Map(), 1e-5)).toEqual([])
    expect(isFar(new Map(running), parts[1]?.after ?? new Map(), 1e-5).length).toBe(6)
  })
})

describe('training on several devices', () => {
  it('goes on from a saved state to the bit', () => {
    const options = { devices: cpus(2), compile: true, compileFrom: 1 }
    const whole = engineFor(options)
    const step = (engine: TrainingEngine, at: number) => engine.step('width', inputs(batchOf(at)))
    for (let at = 1; at <= 3; at++) step(whole, at)
    const saved = whole.read()
    for (let at = 4; at <= 6; at++) step(whole, at)
    const resumed = engineFor(options)
    resumed.write(saved, true)
    for (let at = 4; at <= 6; at++) step(resumed, at)
    expect(resumed.read()).toEqual(whole.read())
  })

  it('is refused a batch that cannot be shared equally, and a device that is not there', () => {
    expect(() => engineFor({ devices: cpus(3) })).toThrow("8 images can't be divided into 3 equal parts")
    expect(() => engineFor({ devices: ['/device:CPU:0', '/device:CPU:7'] })).toThrow('/device:CPU:7')
  })

  it('measures gradients of widths over all parts', () => {
    const seed = Int32Array.of(5, 1)
    const [one, several] = [engineFor({ network: networkWithoutNorms() }), engineFor({ network: networkWithoutNorms(), devices: cpus(4) })]
    expect(distance(one.widthGradients(batchOf(1), seed), several.widthGradients(batchOf(1), seed))).toBeLessThanOrEqual(1e-4)
  })
})
