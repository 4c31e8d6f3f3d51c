import { describe, expect, it } from 'vitest'
import { chartLines } from './chart-lines'
import { axisLabels } from './chart-options'
import { colorRamp, parseRgb } from './color-ramp'
import { heatPixels } from './heat-pixels'
import { matrixPixels, strengthOf } from './matrix-cells'

describe('axis labels', () => {
  it('show just the digits that tell lines apart', () => {
    expect(axisLabels([1, 1.25, 1.5])).toEqual(['1.00', '1.25', '1.50'])
    expect(axisLabels([0, 25, 50])).toEqual(['0', '25', '50'])
    expect(axisLabels([0, 0.0002])).toEqual(['0', '2.0e-4'])
  })
})

describe('chart lines', () => {
  it('draw the average of a noisy series over its points, and quiet series once', () => {
    const points = { steps: new Float64Array(), values: new Float64Array() }
    const series = [
      { key: 'a', label: 'A', color: '--x', points, last: null, noisy: true },
      { key: 'b', label: 'B', color: '--x', points, last: null, under: true },
    ]
    expect(chartLines(series, true).map((line) => `${line.series.key} ${line.look}`)).toEqual(['a ghost', 'b plain', 'a smooth'])
    expect(chartLines(series, false).map((line) => `${line.series.key} ${line.look}`)).toEqual(['b plain', 'a plain'])
  })
})

describe('heat pixels', () => {
  it('hold each width until the next step, on the scale from low to high', () => {
    const ramp = colorRamp([0, 0, 0], [100, 100, 100], [200, 200, 200])
    const pixels = heatPixels({
      steps: [0, 10],
      widths: [
        [2, 12],
        [12, 2],
      ],
      rows: [0, 1],
      columns: 3,
      scale: { from: 2, to: 12 },
      ramp,
    })
    const reds = [0, 1, 2, 3, 4, 5].map((pixel) => pixels[pixel * 4])
    expect(reds).toEqual([0, 0, 200, 200, 200, 0])
  })

  it('reads the forms in which a browser gives colours', () => {
    expect(parseRgb('rgb(12, 34, 56)')).toEqual([12, 34, 56])
    expect(parseRgb('color(srgb 0 0.5 1)')).toEqual([0, 127.5, 255])
  })
})

describe('pixels of a matrix', () => {
  it('are fuller for larger shares, and none for nothing', () => {
    const shares = [0, 0.0001, 0.01, 0.1, 0.5, 1].map(strengthOf)
    expect(shares).toEqual([...shares].sort((a, b) => a - b))
    expect([shares[0], shares[5]]).toEqual([0, 1])
    expect(shares[1]).toBeGreaterThan(0.1)
  })

  it('mix each cell from empty to its tone, and mark the diagonal where nothing lies on it', () => {
    const colors = { empty: [0, 0, 0], diagonal: [9, 9, 9], right: [0, 0, 200], wrong: [200, 0, 0] } as const
    const pixels = matrixPixels(
      2,
      [
        { row: 0, column: 0, text: '', tone: 'right', strength: 1 },
        { row: 0, column: 1, text: '', tone: 'wrong', strength: 0.5 },
      ],
      colors,
    )
    expect([...pixels]).toEqual([0, 0, 200, 255, 100, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9, 255])
  })
})
