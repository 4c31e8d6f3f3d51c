import { expect, it } from 'vitest'
import { roundHalfEven } from './round-half-even'

it('rounds halves to the even integer', () => {
  expect([0.5, 1.5, 2.5, 3.49, 3.51].map(roundHalfEven)).toEqual([0, 2, 2, 3, 4])
})
