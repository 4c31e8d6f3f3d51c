import { describe, expect, it } from 'vitest'
import { askedImages } from './asked-images'

const [RUN, MODEL] = ['abcdefghijkl', 'mixed']
const evaluation = { runId: RUN, kind: MODEL }

describe('a link to the images of a data set', () => {
  it('names classes, which the data set may have in another order', () => {
    expect(askedImages({ run: RUN, model: MODEL, actual: 'bee', predicted: 'ant' }, ['bee', 'ant'])).toEqual({ predictions: { evaluation, predicted: 1 }, labels: [0], missing: [] })
    expect(askedImages({ run: RUN, model: MODEL }, ['bee'])).toEqual({ predictions: { evaluation }, labels: null, missing: [] })
  })

  it('may name classes that there are none of, a class without a model, or what can be no run', () => {
    expect(askedImages({ run: RUN, model: MODEL, actual: 'wasp', predicted: 'fly' }, ['bee'])).toEqual({ predictions: { evaluation }, labels: null, missing: ['wasp', 'fly'] })
    expect(askedImages({ run: '../x', model: MODEL, actual: 'bee', predicted: 'bee' }, ['bee'])).toEqual({ predictions: {}, labels: [0], missing: [] })
  })
})
