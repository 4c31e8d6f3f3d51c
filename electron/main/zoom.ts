import type { ZoomStep } from '../../src/contract/native'

const FACTORS = [0.5, 0.67, 0.75, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2]

/** The zoom factor after a step; it stays between 50 and 200 percent. */
export function nextZoom(factor: number, step: ZoomStep): number {
  if (step === 'reset') return 1
  const next = step === 'in' ? FACTORS.find((one) => one > factor + 1e-6) : FACTORS.findLast((one) => one < factor - 1e-6)
  return next ?? factor
}
