/**
 * Exponential moving average over the points of a curve, debiased so that the beginning isn't pulled towards zero.
 * `spanPoints` is roughly how many points one value blends. Missing values stay missing and don't count.
 */
export function smooth(values: readonly (number | null | undefined)[], spanPoints: number): (number | null | undefined)[] {
  const keep = 1 - 2 / (spanPoints + 1)
  let sum = 0
  let weight = 0
  return values.map((value) => {
    if (value === null || value === undefined) return value
    sum = sum * keep + value
    weight = weight * keep + 1
    return sum / weight
  })
}
