/** Cuts a column of steps where it jumps back, as it does when a resumed run repeats steps. */
export function ascendingRuns(steps: readonly number[]): { readonly from: number; readonly to: number }[] {
  const runs: { from: number; to: number }[] = []
  let from = 0
  for (let index = 1; index <= steps.length; index += 1) {
    if (index < steps.length && (steps[index] ?? 0) > (steps[index - 1] ?? 0)) continue
    runs.push({ from, to: index })
    from = index
  }
  return runs
}
