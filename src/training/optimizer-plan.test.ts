import { describe, expect, it } from 'vitest'
import { OptimizerConfig } from '../contract/training-config'
import { planOptimizer, stepFactors } from './optimizer-plan'
import { bitsOf, tinyEngines, tinyStep } from './testing/tiny-engine'

const engineWith = tinyEngines()

const VARIABLES = ['conv1.weight', 'fc.bias', 'quantizers/conv1|WEIGHT/scale', 'quantizers/bits']

/** Follows a rule in float64 beside the engine, on the gradients that the engine reports. */
function follow(optimizer: object, steps: number, update: (state: { value: number; slots: number[] }, gradient: number, step: number) => void): number {
  const engine = engineWith({ optimizer: { base_lr: 0.01, ...optimizer } })
  const start = engine.read()
  const mine = new Map(VARIABLES.map((name) => [name, Array.from(start.get(name) ?? []).map((value) => ({ value, slots: [0, 0] }))]))
  for (let step = 1; step <= steps; step++) {
    const { gradients } = tinyStep(engine, step, 0.01)
    mine.forEach((states, name) => { states.forEach((state, i) => { update(state, gradients.get(name)?.[i] ?? Number.NaN, step) }) })
  }
  const end = engine.read()
  return Math.max(...[...mine].flatMap(([name, states]) => states.map(({ value }, i) => Math.abs(value - (end.get(name)?.[i] ?? Number.NaN)))))
}

describe('optimizers as torch takes their steps', () => {
  it('SGD with momentum, dampening and decay, on weights, scales and widths alike', () => {
    const worst = follow({ type: 'SGD', weight_decay: 0.01, optimizer_params: { momentum: 0.8, dampening: 0.3 } }, 5, (state, gradient, step) => {
      const decayed = gradient + 0.01 * state.value
      state.slots[0] = step === 1 ? decayed : 0.8 * (state.slots[0] ?? 0) + 0.7 * decayed
      state.value -= 0.01 * state.slots[0]
    })
    expect(worst).toBeLessThan(2e-6)
  })

  it('SGD with Nesterov momentum', () => {
    const worst = follow({ type: 'SGD', weight_decay: 0, optimizer_params: { momentum: 0.5, nesterov: true } }, 5, (state, gradient) => {
      state.slots[0] = 0.5 * (state.slots[0] ?? 0) + gradient
      state.value -= 0.01 * (gradient + 0.5 * state.slots[0])
    })
    expect(worst).toBeLessThan(2e-6)
  })

  it('Adam with decay', () => {
    const worst = follow({ type: 'Adam', weight_decay: 0.01 }, 5, (state, gradient, step) => {
      const decayed = gradient + 0.01 * state.value
      const mean = 0.9 * (state.slots[0] ?? 0) + 0.1 * decayed
      const variance = 0.999 * (state.slots[1] ?? 0) + 0.001 * decayed * decayed
      state.slots = [mean, variance]
      state.value -= ((0.01 / (1 - 0.9 ** step)) * mean) / (Math.sqrt(variance) / Math.sqrt(1 - 0.999 ** step) + 1e-8)
    })
    expect(worst).toBeLessThan(1e-5)
  })
})

describe('parameter groups', () => {
  const plan = (more: object) => planOptimizer(OptimizerConfig.parse({ type: 'SGD', base_lr: 0.1, ...more }))

  it('are one with the sample`s defaults: momentum 0.9, which optimizer_params replaces as a whole', () => {
    expect(plan({}).rules[0]).toMatchObject({ momentum: 0.9, weightDecay: 1e-4, rateFactor: 1 })
    expect(plan({ optimizer_params: {} }).rules[0]).toMatchObject({ momentum: 0 })
  })

  it('take a parameter by the first pattern that is found in its original name; the rest is not trained', () => {
    const groups = plan({ parameter_groups: [{ re: '_num_bits$', lr: 0.5, weight_decay: 0.1, momentum: 0 }, { re: '^nncf_module', lr: 0.01 }] })
    expect(groups.ruleFor('nncf_module.conv1.pre_ops.0.op._num_bits')).toMatchObject({ rateFactor: 5, weightDecay: 0.1, momentum: 0 })
    expect(groups.ruleFor('nncf_module.conv1.weight')).toMatchObject({ rateFactor: 0.01 / 0.1, weightDecay: 0, momentum: 0.9 })
    expect(groups.ruleFor('external_quantizers.x._scale_param_storage')).toBeNull()
  })

  it('need a rate for SGD, a regular expression, and a momentum for Nesterov', () => {
    expect(() => plan({ parameter_groups: [{ re: 'a' }] })).toThrow(/no lr/)
    expect(() => plan({ parameter_groups: [{ re: '(', lr: 1 }] })).toThrow(/regular expression/)
    expect(() => plan({ optimizer_params: { nesterov: true } })).toThrow(/momentum/)
    expect(planOptimizer(OptimizerConfig.parse({ parameter_groups: [{}] })).rules[0]?.rateFactor).toBeCloseTo(10, 12)
  })

  it('train what they name at their rates, and leave the rest', () => {
    const engine = engineWith({ optimizer: { type: 'SGD', base_lr: 0.01, optimizer_params: {}, parameter_groups: [{ re: 'conv1.*_num_bits', lr: 0.02 }, { re: 'fc\\.bias', lr: 0.01 }] } })
    const before = engine.read()
    const { gradients } = tinyStep(engine, 1, 0.01)
    const after = engine.read()
    expect(after.get('conv1.weight')).toEqual(before.get('conv1.weight'))
    const moved = bitsOf(engine).map((bits, i) => bits - (before.get('quantizers/bits')?.[i] ?? 0))
    expect(moved.filter((distance) => distance !== 0)).toHaveLength(1)
    const index = moved.findIndex((distance) => distance !== 0)
    expect(moved[index]).toBeCloseTo(-0.02 * (gradients.get('quantizers/bits')?.[index] ?? 0), 5)
    expect((after.get('fc.bias')?.[0] ?? 0) - (before.get('fc.bias')?.[0] ?? 0)).toBeCloseTo(-0.01 * (gradients.get('fc.bias')?.[0] ?? 0), 6)
  })

  it('hand on the corrections of each group', () => {
    const adam = planOptimizer(OptimizerConfig.parse({ parameter_groups: [{ re: 'a', betas: [0.5, 0.9] }, {}] }))
    expect(Array.from(stepFactors(adam, 2))).toEqual([0.75, 1 - 0.9 ** 2, 1 - 0.9 ** 2, 1 - 0.999 ** 2].map(Math.fround))
  })
})

describe('gradients of quantizers', () => {
  it('are multiplied by compression_lr_multiplier, those of weights are not', () => {
    const gradientsOf = (gradientFactor: number) => tinyStep(engineWith({ gradientFactor }), 1).gradients
    const [plain, tripled] = [gradientsOf(1), gradientsOf(3)]
    for (const [name, values] of plain) {
      const factor = name.startsWith('quantizers/') ? 3 : 1
      values.forEach((value, i) => { expect(Math.abs((tripled.get(name)?.[i] ?? 0) - factor * value)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(factor * value))) })
    }
  })

  it('with logarithmic storage start from the same model, and are those of the value times the value', () => {
    const group = { logarithm_scale: true }
    const plain = engineWith({})
    const logarithmic = engineWith({ compression: { weights: group, activations: group } })
    const scale = plain.read().get('quantizers/conv1|WEIGHT/scale') ?? new Float32Array()
    const stored = logarithmic.read().get('quantizers/conv1|WEIGHT/scale') ?? new Float32Array()
    stored.forEach((value, i) => { expect(Math.exp(value)).toBeCloseTo(scale[i] ?? 0, 5) })
    const [a, b] = [tinyStep(plain, 1), tinyStep(logarithmic, 1)]
    expect(b.result.crossEntropy).toBeCloseTo(a.result.crossEntropy, 3)
    // The stem's pooled scale is far from rounding boundaries: its gradient differs by the factor alone.
    const largest = (gradients: ReadonlyMap<string, Float32Array>): number => Math.max(...(gradients.get('quantizers/fc|WEIGHT/scale') ?? []).map(Math.abs))
    expect(largest(b.gradients)).toBeLessThan(largest(a.gradients))
  })
})
