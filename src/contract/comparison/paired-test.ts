/** Natural logarithm of the gamma function (Lanczos, g = 7), for x > 0. */
function logGamma(x: number): number {
  const C = [0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7]
  const t = x + 6.5
  const sum = C.reduce((total, c, index) => (index === 0 ? c : total + c / (x - 1 + index)), 0)
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum)
}

/** Regularised incomplete beta function by its continued fraction (Lentz). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a)
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(1 - x)) / a
  let [f, c, d] = [1, 1, 0]
  for (let i = 0; i <= 300; i += 1) {
    const m = Math.floor(i / 2)
    const numerator = i === 0 ? 1 : i % 2 === 0 ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)) : (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / nonZero(1 + numerator * d)
    c = nonZero(1 + numerator / c)
    f *= c * d
    if (Math.abs(1 - c * d) < 1e-14) break
  }
  return front * (f - 1)
}
const nonZero = (value: number): number => (Math.abs(value) < 1e-300 ? 1e-300 : value)

/** Probability of a t as far from 0 as this one, on both sides together. */
export const tTailProbability = (t: number, freedom: number): number => incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5)

/** The t that is exceeded (on both sides together) with this probability. */
export function tQuantile(probability: number, freedom: number): number {
  let [low, high] = [0, 1e4]
  for (let turn = 0; turn < 200; turn += 1) {
    const middle = (low + high) / 2
    if (tTailProbability(middle, freedom) > probability) low = middle
    else high = middle
  }
  return (low + high) / 2
}

export interface PairedTest {
  readonly pairs: number
  /** Mean of a - b, and the interval that holds the true one in 95 of 100 such experiments. */
  readonly difference: number
  readonly from: number
  readonly to: number
  /** Probability of such a difference where there is none. */
  readonly p: number
}

/** Student's paired test of values that belong together by key, such as runs with the same seed. Null below two pairs. */
export function pairedTest(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): PairedTest | null {
  const differences = [...a].flatMap(([key, value]) => {
    const other = b.get(key)
    return other === undefined ? [] : [value - other]
  })
  const pairs = differences.length
  if (pairs < 2) return null
  const difference = differences.reduce((sum, value) => sum + value, 0) / pairs
  const variance = differences.reduce((sum, value) => sum + (value - difference) ** 2, 0) / (pairs - 1)
  const error = Math.sqrt(variance / pairs)
  if (error === 0) return { pairs, difference, from: difference, to: difference, p: difference === 0 ? 1 : 0 }
  const reach = tQuantile(0.05, pairs - 1) * error
  return { pairs, difference, from: difference - reach, to: difference + reach, p: tTailProbability(difference / error, pairs - 1) }
}

const points = (value: number): string => `${Math.abs(value).toFixed(2)} points`

/** The outcome in plain words; accuracies in percent. */
export function pairedTestWords(a: string, b: string, test: PairedTest | null): string {
  if (test === null) return `${a} and ${b} share fewer than two seeds. Repeat both with the same seeds to see whether their difference is more than chance.`
  const { pairs, difference, from, to, p } = test
  const better = difference >= 0 ? a : b
  const worse = difference >= 0 ? b : a
  const how = `Over ${pairs} shared seeds, ${better} is ${points(difference)} better than ${worse}`
  const range = `(95 % interval ${from.toFixed(2)} to ${to.toFixed(2)} for ${a} minus ${b}, p = ${p < 0.001 ? '< 0.001' : p.toFixed(3)})`.replace('= <', '<')
  if (p < 0.05) return `${how} ${range}. Chance alone would rarely give this: the difference counts as real.`
  return `${how} ${range}. Chance alone gives this easily: neither counts as better${pairs < 5 ? '; more seeds would tell' : ''}.`
}
