export type Rgb = readonly [number, number, number]

/** Reads `rgb(1, 2, 3)` and `color(srgb 0.1 0.2 0.3)`, the forms in which computed colours come. */
export function parseRgb(color: string): Rgb {
  const numbers = (color.match(/-?\d+(\.\d+)?(e-?\d+)?/g) ?? []).map(Number)
  const scale = color.startsWith('color(') ? 255 : 1
  return [(numbers[0] ?? 0) * scale, (numbers[1] ?? 0) * scale, (numbers[2] ?? 0) * scale]
}

/** 256 colours from the first stop over the second to the third. */
export function colorRamp(low: Rgb, middle: Rgb, high: Rgb): readonly Rgb[] {
  return Array.from({ length: 256 }, (_, index) => {
    const at = (index / 255) * 2
    return at <= 1 ? mix(low, middle, at) : mix(middle, high, at - 1)
  })
}

/** The colour at `share` (0..1) of the way from one to another. */
export function mix(a: Rgb, b: Rgb, share: number): Rgb {
  return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share]
}
