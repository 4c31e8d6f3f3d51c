import type { WeightHistogram } from '../contract/weight-histogram'
import type { QuantizerSpec } from '../quantization/quantizer-spec'
import { roundHalfEven } from '../util/round-half-even'
import type { IntegerGrid } from './integer-grid'

/** About so many bins: more than a chart of a layer has pixels for would only be noise. */
const BINS = 160
/** Room beside the grid for weights that are clamped, in shares of it. */
const MARGIN = 0.1

/** `values` in PyTorch's layout, output channels first; `grids` one, or one an output channel. */
export function weightHistogram(spec: Pick<QuantizerSpec, 'id' | 'layer'>, bits: number, values: Float32Array, grids: readonly IntegerGrid[]): WeightHistogram {
  const [{ lowest, highest } = { lowest: 0, highest: 0 }] = grids
  const levels = highest - lowest + 1
  const width = 2 ** Math.ceil(Math.log2((levels * (1 + 2 * MARGIN)) / BINS))
  const from = lowest - 0.5 - Math.ceil((levels * MARGIN) / width) * width
  const latent = new Array<number>(Math.ceil((2 * (lowest - from) + levels - 1) / width)).fill(0)
  const wide = Math.max(1, width)
  const quantized = new Array<number>(Math.ceil(levels / wide)).fill(0)
  let [below, above, clamped] = [0, 0, 0]
  const perGrid = values.length / grids.length
  values.forEach((value, index) => {
    const grid = grids[Math.floor(index / perGrid)]
    if (grid === undefined) return
    const place = value * grid.factor + grid.zeroPoint
    const bin = Math.floor((place - from) / width)
    if (bin < 0) below++
    else if (bin >= latent.length) above++
    else latent[bin] = (latent[bin] ?? 0) + 1
    if (value < grid.low || value > grid.high) clamped++
    const code = Math.min(highest, Math.max(lowest, roundHalfEven(place)))
    const target = Math.floor((code - lowest) / wide)
    quantized[target] = (quantized[target] ?? 0) + 1
  })
  const steps = grids.map(({ factor }) => 1 / factor)
  return {
    ...{ quantizer: spec.id, layer: spec.layer, bits, lowest, highest, clamped, channels: grids.length },
    latent: { from, width, counts: latent, below, above },
    quantized: { width: wide, counts: quantized },
    step: { smallest: Math.min(...steps), largest: Math.max(...steps) },
  }
}
