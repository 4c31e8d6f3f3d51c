import { describe, expect, it } from 'vitest'
import { gradientWords } from './use-width-gradients'

describe('the pull on a bit-width', () => {
  const gradients = { from: 96, to: 120, task: [-0.0042, 0.03, 0], size: [0.013, -0.05, 0] }

  it('is told by both parts of the loss, with the way that they push together', () => {
    expect(gradientWords(gradients, 0)).toBe('Loss per bit, mean of steps 96 to 120: task −0.0042, size +0.013, together towards fewer bits')
    expect(gradientWords(gradients, 1)).toContain('task +0.030, size −0.050, together towards more bits')
    expect(gradientWords(gradients, 2)).toContain('towards no change')
  })

  it('is not told where it is not known', () => {
    expect(gradientWords(null, 0)).toBe('')
    expect(gradientWords(gradients, 3)).toBe('')
  })
})
