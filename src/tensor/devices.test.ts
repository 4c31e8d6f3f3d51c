import { describe, expect, it } from 'vitest'
import { countDevices, deviceOf } from './devices'
import { Graph } from './graph'
import * as op from './ops'
import { Session } from './session'
import { giveCpuDevices } from './testing/cpu-devices'
import { readGraph } from './testing/read-graph'

giveCpuDevices(3)

describe('devices', () => {
  it('are counted by what TensorFlow computes with', () => {
    expect(countDevices('CPU', 8)).toBe(3)
    expect(countDevices('CPU', 2)).toBe(2)
    expect(countDevices('GPU', 8)).toBe(0)
  })

  it('compute what is written for them, and hand it to each other', () => {
    const graph = new Graph()
    const two = graph.scalar(2)
    const parts = [0, 1, 2].map((i) => graph.on(deviceOf('CPU', i), () => op.multiply(graph, two, graph.scalar(i))))
    const sum = parts.reduce((total, part) => op.add(graph, total, part))
    const nodes = readGraph(graph.savedModel())
    expect(parts.map(({ ref }) => nodes.get(ref)?.device)).toEqual(['/device:CPU:0', '/device:CPU:1', '/device:CPU:2'])
    expect([two, sum].map(({ ref }) => nodes.get(ref)?.device)).toEqual(['', ''])
    const session = new Session(graph)
    expect(session.floats([], sum)[0]).toBe(6)
    session.close()
  })
})
