import { describe, expect, it } from 'vitest'
import { inceptionV3 } from './inception-v3'
import { initialValues } from './initial-values'
import { mobilenetV2For32x32 } from './mobilenet-v2'
import { parametersOf } from './parameter-list'
import { resnet20 } from './resnet20'

const mobilenet = mobilenetV2For32x32({ input: [28, 28, 1], numClasses: 10, widthMult: 0.25 })
const resnet = resnet20({ input: [28, 28, 1], numClasses: 10, widthMult: 1 })

function deviationOf(values: Float32Array | undefined): number {
  if (values === undefined) throw new Error('no such parameter')
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length)
}

describe('initialValues', () => {
  it('gives every parameter its number of finite values', () => {
    for (const network of [mobilenet, resnet]) {
      const values = initialValues(network, 1)
      expect([...values.keys()]).toEqual(parametersOf(network).map(({ name }) => name))
      for (const { name, shape } of parametersOf(network)) {
        expect(values.get(name)?.length, name).toBe(shape.reduce((product, size) => product * size, 1))
        expect(values.get(name)?.every(Number.isFinite), name).toBe(true)
      }
    }
  })

  it('depends on the seed and on nothing else', () => {
    const first = initialValues(mobilenet, 3)
    expect(initialValues(mobilenet, 3)).toEqual(first)
    expect(initialValues(mobilenet, 4).get('features.18.0.weight')).not.toEqual(first.get('features.18.0.weight'))
    expect(first.get('features.8.conv.2.weight')).not.toEqual(first.get('features.9.conv.2.weight'))
  })

  it('draws convolutions with variance 2 / fan-out, groups not counted', () => {
    const values = initialValues(mobilenet, 0)
    expect(deviationOf(values.get('features.18.0.weight'))).toBeCloseTo(Math.sqrt(2 / 1280), 3)
    const depthwise = deviationOf(values.get('features.17.conv.1.0.weight'))
    expect(depthwise / Math.sqrt(2 / (240 * 9))).toBeCloseTo(1, 1)
    expect(deviationOf(initialValues(resnet, 0).get('layer3.1.conv1.weight'))).toBeCloseTo(Math.sqrt(2 / (64 * 9)), 3)
  })

  it('starts batch norm at identity', () => {
    const values = initialValues(resnet, 0)
    expect(values.get('bn1.weight')?.every((value) => value === 1)).toBe(true)
    expect(values.get('bn1.running_var')?.every((value) => value === 1)).toBe(true)
    expect(values.get('bn1.bias')?.every((value) => value === 0)).toBe(true)
    expect(values.get('bn1.running_mean')?.every((value) => value === 0)).toBe(true)
  })

  it('follows each model for the classifier', () => {
    const normal = initialValues(mobilenet, 0)
    expect(deviationOf(normal.get('classifier.1.weight'))).toBeCloseTo(0.01, 3)
    expect(normal.get('classifier.1.bias')?.every((value) => value === 0)).toBe(true)
    const uniform = initialValues(resnet, 0)
    for (const name of ['fc.weight', 'fc.bias']) expect(uniform.get(name)?.every((value) => Math.abs(value) <= 1 / 8)).toBe(true)
    expect(deviationOf(uniform.get('fc.weight'))).toBeCloseTo(1 / 8 / Math.sqrt(3), 2)
    expect(deviationOf(uniform.get('fc.bias'))).toBeGreaterThan(0)
  })

  it('cuts the normal distribution of Inception V3 at two deviations', () => {
    const values = initialValues(inceptionV3({ input: [299, 299, 3], numClasses: 50, widthMult: 0.25, transformInput: true }), 0)
    // Standard deviation of a normal distribution that is cut off at twice its own.
    const narrowed = 0.879_626
    for (const [name, deviation] of [
      ['Mixed_7c.branch3x3dbl_2.conv.weight', 0.1],
      ['AuxLogits.conv1.conv.weight', 0.1],
      ['fc.weight', 0.1],
      ['AuxLogits.fc.weight', 0.001],
    ] as const) {
      expect(deviationOf(values.get(name)) / deviation, name).toBeCloseTo(narrowed, 1)
      expect(
        values.get(name)?.every((value) => Math.abs(value) <= Math.fround(2 * deviation)),
        name,
      ).toBe(true)
    }
    expect(values.get('fc.bias')?.every((value) => Math.abs(value) <= 1 / Math.sqrt(512))).toBe(true)
    expect(deviationOf(values.get('fc.bias'))).toBeGreaterThan(0)
  })
})
