import { describe, expect, it } from 'vitest'
import { createRestartPolicy } from './restart-policy'

describe('restart policy', () => {
  it('waits longer each time and gives up after three restarts in five minutes', () => {
    let time = 0
    const policy = createRestartPolicy(() => time)
    expect([policy.crashed(), policy.crashed(), policy.crashed(), policy.crashed()]).toEqual([500, 2_000, 8_000, null])
    time += 5 * 60_000
    expect(policy.crashed()).toBe(500)
  })

  it('starts over when the person asks for another try', () => {
    const policy = createRestartPolicy(() => 0)
    for (let i = 0; i < 4; i++) policy.crashed()
    policy.reset()
    expect(policy.crashed()).toBe(500)
  })
})
