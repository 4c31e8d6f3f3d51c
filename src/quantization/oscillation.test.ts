import { describe, expect, it } from 'vitest'
import { Graph } from '../tensor/graph'
import { Session } from '../tensor/session'
import { randomStream } from '../util/random'
import { roundHalfEven } from '../util/round-half-even'
import { holdFrozen, OSCILLATION_PARTS, oscillationThreshold, startOscillations, trackOscillations } from './oscillation'

interface Kept {
  readonly code: number
  readonly frequency: number
  readonly average: number
  readonly frozen: boolean
}

/** One weight's whole history at once: every sum of the paper written out over the steps, in double precision. */
function reference(codes: readonly number[], thresholds: readonly number[], decay: number): Kept {
  const weighed = (values: readonly number[]): number => values.reduce((sum, value, k) => sum + (1 - decay) * decay ** (values.length - 1 - k) * value, 0)
  const seen = [codes[0] ?? 0]
  const turns: number[] = []
  for (const [step, threshold] of thresholds.entries()) {
    seen.push(codes[step + 1] ?? 0)
    const changes = seen.slice(1).map((code, i) => Math.sign(code - (seen[i] ?? 0)))
    const last = changes.at(-1) ?? 0
    const before = changes.slice(0, -1).findLast((change) => change !== 0) ?? 0
    turns.push(last !== 0 && last === -before ? 1 : 0)
    const average = weighed(seen.slice(1)) + decay ** (seen.length - 1) * (seen[0] ?? 0)
    const frequency = weighed(turns)
    if (frequency > threshold) return { code: roundHalfEven(average), frequency, average, frozen: true }
    if (step === thresholds.length - 1) return { code: codes[step + 1] ?? 0, frequency, average, frozen: false }
  }
  throw new RangeError('no steps')
}

/** Each step in the graph: the state after it, and weights that were 100 held at `scale`. `codes` [steps + 1][weights]. */
function tracked(codes: readonly (readonly number[])[], thresholds: readonly number[], decay: number, scale: number) {
  const count = codes[0]?.length ?? 0
  const vector = (values: readonly number[]) => new Float32Array(values)
  const graph = new Graph()
  const given = graph.placeholder('codes', 'float32', [1, count])
  const state = graph.placeholder('state', 'float32', [OSCILLATION_PARTS.length, 1, count])
  const threshold = graph.placeholder('threshold', 'float32', [])
  const start = startOscillations(graph, given)
  const next = trackOscillations(graph, { codes: given, state, threshold, decay })
  const held = holdFrozen(graph, graph.constant('float32', [1, count], Array<number>(count).fill(100)), state, graph.scalar(scale))
  const session = new Session(graph)
  const feed = (values: readonly number[]) => ({ to: given, dtype: 'float32' as const, shape: [1, count], data: vector(values) })
  const stateFeed = (data: Float32Array) => ({ to: state, dtype: 'float32' as const, shape: [OSCILLATION_PARTS.length, 1, count], data })
  try {
    let now = session.floats([feed(codes[0] ?? [])], start)
    const states = thresholds.map((limit, step) => {
      now = session.floats([feed(codes[step + 1] ?? []), stateFeed(now), { to: threshold, dtype: 'float32', shape: [], data: Float32Array.of(limit) }], next)
      return Array.from(now)
    })
    return { states, weights: Array.from(session.floats([stateFeed(now)], held)) }
  } finally {
    session.close()
  }
}

const part = (state: readonly number[], name: (typeof OSCILLATION_PARTS)[number], count: number): number[] => {
  const row = OSCILLATION_PARTS.indexOf(name)
  return state.slice(row * count, (row + 1) * count)
}

describe('the tracking of oscillations', () => {
  it('counts changes against the last change, and freezes at the rounded mean', () => {
    // One that rises, one that rests between two turns, one that jumps with every step, one that never moves.
    const sequences = [
      [0, 1, 2, 3, 4, 5, 6],
      [0, 1, 1, 0, 0, 1, 1],
      [3, 4, 3, 4, 3, 4, 3],
      [7, 7, 7, 7, 7, 7, 7],
    ]
    const codes = (sequences[0] ?? []).map((_, step) => sequences.map((sequence) => sequence[step] ?? 0))
    const { states, weights } = tracked(codes, [1, 1, 1, 1, 1, 0.7], 0.5, 4)
    const last = states.at(-1) ?? []
    // The third turned in steps 2 to 6: 1/2 + 1/4 + 1/8 + 1/16 + 1/32. The second in steps 3 and 5: 1/4 + 1/16.
    expect(part(last, 'frequency', 4)).toEqual([0, 0.3125, 0.96875, 0])
    expect(part(last, 'frozen', 4)).toEqual([0, 0, 1, 0])
    // Mean of 3 and 4 with most weight on the last 3: 3.34375.
    expect(part(last, 'average', 4)[2]).toBe(3.328125)
    expect(weights).toEqual([100, 100, 0.75, 100])
  })

  it('agrees with the sums of the paper on made-up sequences, weight by weight', () => {
    const [count, steps, decay] = [400, 60, 0.9]
    const random = randomStream(11, 0)
    const jump = (weight: number, step: number): number => {
      const draw = random.uniform(weight * 1000 + step)
      // From calm weights to those that jump all the time.
      return draw < weight / count ? (draw * 7919 * count) % 3 > 1.5 ? 1 : -1 : 0
    }
    const sequences = Array.from({ length: count }, (_, weight) => {
      let code = (weight % 15) - 7
      return [code, ...Array.from({ length: steps }, (_, step) => (code = Math.min(7, Math.max(-8, code + jump(weight, step)))))]
    })
    const thresholds = Array.from({ length: steps }, (_, step) => oscillationThreshold(0.4111, 0.1333, step / steps))
    const codes = Array.from({ length: steps + 1 }, (_, step) => sequences.map((sequence) => sequence[step] ?? 0))
    const { states } = tracked(codes, thresholds, decay, 1)
    const last = states.at(-1) ?? []
    const expected = sequences.map((sequence) => reference(sequence, thresholds, decay))
    const frozen = expected.filter((weight) => weight.frozen).length
    expect(frozen).toBeGreaterThan(50)
    expect(frozen).toBeLessThan(350)
    expect(part(last, 'frozen', count)).toEqual(expected.map((weight) => (weight.frozen ? 1 : 0)))
    expect(part(last, 'code', count)).toEqual(expected.map(({ code }) => code))
    expected.forEach((weight, i) => {
      if (weight.frozen) return
      expect(part(last, 'frequency', count)[i]).toBeCloseTo(weight.frequency, 5)
      expect(part(last, 'average', count)[i]).toBeCloseTo(weight.average, 4)
    })
  })

  it('never lets a frozen weight move again, whatever its integer would be', () => {
    const { states } = tracked([[0], [1], [0], [1], [9], [-9], [9]], [1, 0.4, 0.4, 0.4, 0.4, 0.4], 0.5, 1)
    const codes = states.map((state) => part(state, 'code', 1)[0])
    const frozen = states.map((state) => part(state, 'frozen', 1)[0])
    expect(frozen).toEqual([0, 1, 1, 1, 1, 1])
    expect(codes).toEqual([1, 0, 0, 0, 0, 0])
  })
})

describe('the threshold of oscillations', () => {
  it('falls along half a cosine, and stays within its ends', () => {
    expect([-1, 0, 1 / 3, 0.5, 1, 2].map((progress) => oscillationThreshold(0.04, 0.01, progress).toFixed(6))).toEqual(['0.040000', '0.040000', '0.032500', '0.025000', '0.010000', '0.010000'])
  })
})
