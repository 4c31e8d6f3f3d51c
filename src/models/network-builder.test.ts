import { describe, expect, it } from 'vitest'
import { StudioError } from '../contract/errors'
import { createNetworkBuilder } from './network-builder'

const start = (size = 8) => createNetworkBuilder({ name: 'tiny', className: 'Tiny', input: [size, size, 4], numClasses: 8 })

describe('createNetworkBuilder', () => {
  it('computes shapes as PyTorch does, rounding down', () => {
    const net = start(7)
    expect(net.conv('a', net.input, { out: 6, kernel: 3, stride: 2 }).shape).toEqual([4, 4, 6])
    expect(net.conv('b', net.input, { out: 6, kernel: 3, stride: 2, padding: 0 }).shape).toEqual([3, 3, 6])
    expect(net.conv('c', net.input, { out: 6, kernel: [1, 7] }).shape).toEqual([7, 7, 6])
    expect(net.maxPool('d', net.input, { kernel: 2 }).shape).toEqual([3, 3, 4])
    expect(net.averagePool(null, net.input, { kernel: 3, stride: 1, padding: 1 }).shape).toEqual([7, 7, 4])
  })

  it('names functional calls after their operator and counts them in their scope', () => {
    const net = start()
    const [first, second] = net.module('block', 'Block', () => {
      const a = net.conv('conv', net.input, { out: 4, kernel: 1 })
      return [net.add(a, net.input), net.add(a, a)]
    })
    const joined = net.concat([first ?? net.input, second ?? net.input])
    const network = net.finish(net.globalAveragePool(null, joined))
    expect(network.layers.slice(1).map(({ id, scope }) => [id, scope])).toEqual([
      ['block.add', 'Tiny/Block[block]/__add___0'],
      ['block.add#1', 'Tiny/Block[block]/__add___1'],
      ['cat', 'Tiny/cat_0'],
      ['adaptive_avg_pool2d', 'Tiny/adaptive_avg_pool2d_0'],
    ])
    expect(joined.shape).toEqual([8, 8, 8])
  })

  it('refuses images that shrink to nothing with the key to change', () => {
    const net = start(2)
    const attempt = (): unknown => net.conv('a', net.input, { out: 4, kernel: 3, padding: 0 })
    expect(attempt).toThrow(StudioError)
    expect(attempt).toThrow(/larger images/)
  })

  it.each<[string, (net: ReturnType<typeof start>) => unknown]>([
    ['groups that do not divide', (net) => net.conv('a', net.input, { out: 4, kernel: 1, groups: 3 })],
    ['unequal summands', (net) => net.add(net.input, net.conv('a', net.input, { out: 5, kernel: 1 }))],
    ['a linear layer on an image', (net) => net.linear('fc', net.input, { out: 2 })],
    ['a channel that is not there', (net) => net.selectChannel(net.input, 4)],
    ['an output that is not the logits', (net) => net.finish(net.input)],
    ['a value of another network', (net) => net.relu('a', start().conv('foreign', start().input, { out: 4, kernel: 1 }))],
  ])('refuses %s', (_, build) => {
    expect(() => build(start())).toThrow(RangeError)
  })
})
