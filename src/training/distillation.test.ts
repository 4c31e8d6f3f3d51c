import { describe, expect, it } from 'vitest'
import { tinyBatch, tinyEngines } from './testing/tiny-engine'

const engineWith = tinyEngines()
const CLASSES = 3

const rows = (values: ArrayLike<number>): number[][] => Array.from({ length: values.length / CLASSES }, (_, i) => Array.from(values).slice(i * CLASSES, (i + 1) * CLASSES))
function softmax(logits: readonly number[], temperature = 1): number[] {
  const powers = logits.map((value) => Math.exp(value / temperature))
  const sum = powers.reduce((total, value) => total + value, 0)
  return powers.map((value) => value / sum)
}
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

describe('distillation', () => {
  it('adds the divergence from the FP32 weights that were kept: value and gradient as written out', () => {
    const [weight, temperature] = [0.3, 2.5]
    const engine = engineWith({ distillation: { weight, temperature } })
    engine.setTeacher()
    const batch = tinyBatch(7)
    const taught = rows(engine.logits('float', batch))
    for (let step = 1; step <= 3; step++) engine.step('width', { batch: tinyBatch(step), learningRate: 0.1, stageStep: step, seed: Int32Array.of(0, step) })
    const { result, gradients, logits } = engine.stepWithGradients('width', { batch, learningRate: 0, stageStep: 4, seed: Int32Array.of(0, 4) })
    const student = rows(logits)
    const labels = Array.from(batch.labels)
    const crossEntropy = mean(student.map((row, i) => -Math.log(softmax(row)[labels[i] ?? 0] ?? 0)))
    const divergence = mean(
      student.map((row, i) => {
        const [p, q] = [softmax(taught[i] ?? [], temperature), softmax(row, temperature)]
        return p.reduce((sum, value, c) => sum + value * Math.log(value / (q[c] ?? 0)), 0)
      }),
    )
    expect(divergence).toBeGreaterThan(1e-4)
    expect(result.crossEntropy).toBeCloseTo((1 - weight) * crossEntropy + weight * temperature ** 2 * divergence, 4)
    const bias = Array.from({ length: CLASSES }, (_, c) =>
      student.reduce((sum, row, i) => {
        const hard = (softmax(row)[c] ?? 0) - (labels[i] === c ? 1 : 0)
        const soft = (softmax(row, temperature)[c] ?? 0) - (softmax(taught[i] ?? [], temperature)[c] ?? 0)
        return sum + ((1 - weight) * hard + weight * temperature * soft) / student.length
      }, 0),
    )
    gradients.get('fc.bias')?.forEach((value, c) => { expect(value).toBeCloseTo(bias[c] ?? Number.NaN, 5) })
    expect(gradients.has('fc.bias')).toBe(true)
  })

  it('takes given weights for the teacher, and leaves it alone while the network trains', () => {
    const engine = engineWith({ distillation: { weight: 1, temperature: 1 } })
    const given = new Map([['fc.bias', Float32Array.of(1, 2, 3)]])
    engine.setTeacher(given)
    const own = engine.read().get('conv1.weight')
    engine.step('width', { batch: tinyBatch(1), learningRate: 0.1, stageStep: 1, seed: Int32Array.of(0, 1) })
    const after = engine.read()
    expect(after.get('teacher/fc.bias')).toEqual(Float32Array.of(1, 2, 3))
    expect(after.get('teacher/conv1.weight')).toEqual(own)
    expect(after.get('conv1.weight')).not.toEqual(own)
  })
})
