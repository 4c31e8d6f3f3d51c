import type { Rgb } from './color-ramp'

export interface HeatInput {
  readonly steps: readonly number[]
  readonly widths: readonly (readonly number[])[]
  readonly rows: readonly number[]
  readonly columns: number
  readonly scale: { readonly from: number; readonly to: number }
  readonly ramp: readonly Rgb[]
}

/** RGBA pixels, one line per row, with time running evenly from the first step to the last; each pixel shows the newest width at its step. */
export function heatPixels({ steps, widths, rows, columns, scale, ramp }: HeatInput): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(columns * rows.length * 4)
  const first = steps[0] ?? 0
  const span = Math.max(1, (steps[steps.length - 1] ?? first) - first)
  let source = 0
  for (let column = 0; column < columns; column += 1) {
    const step = first + (columns === 1 ? 1 : column / (columns - 1)) * span
    while (source + 1 < steps.length && (steps[source + 1] ?? 0) <= step) source += 1
    rows.forEach((row, line) => {
      const width = widths[source]?.[row]
      if (width === undefined) return
      const share = Math.min(1, Math.max(0, (width - scale.from) / (scale.to - scale.from)))
      const color = ramp[Math.round(share * 255)] ?? [0, 0, 0]
      pixels.set([color[0], color[1], color[2], 255], (line * columns + column) * 4)
    })
  }
  return pixels
}
