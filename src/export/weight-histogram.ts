import type { WeightHistogram } from '../contract/weight-histogram'
import type { QuantizerSpec } from '../quantization/quantizer-spec'
import { roundHalfEven } from '../util/round-half-even'
import type { IntegerGrid, TrainedGrids } from './integer-grid'

/** About so many bins: more than a chart of a layer has pixels for would only be noise. */
const BINS = 160
/** Room beside the grid for weights that are clamped, in shares of it. */
const MARGIN = 0.1

const levelsOf = ({ lowest, highest }: Pick<IntegerGrid, 'lowest' | 'highest'>): number => highest - lowest + 1

/** `values` in PyTorch's layout, output channels first; `grids` one, or one an output channel. */
export function weightHistogram(spec: Pick<QuantizerSpec, 'id' | 'layer'>, values: Float32Array, { bits, kernelBits, grids }: Omit<TrainedGrids, 'signed'>): WeightHistogram {
  const { lowest, highest } = grids.reduce((widest: Pick<IntegerGrid, 'lowest' | 'highest'>, grid) => (levelsOf(grid) > levelsOf(widest) ? grid : widest), grids[0] ?? { lowest: 0, highest: 0 })
  const levels = levelsOf({ lowest, highest })
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
    // A kernel of fewer bits has every second, fourth, ... code of the widest one's grid.
    const spacing = levels / levelsOf(grid)
    const own = value * grid.factor + grid.zeroPoint
    const place = own * spacing
    const bin = Math.floor((place - from) / width)
    if (bin < 0) below++
    else if (bin >= latent.length) above++
    else latent[bin] = (latent[bin] ?? 0) + 1
    if (value < grid.low || value > grid.high) clamped++
    const code = spacing * Math.min(grid.highest, Math.max(grid.lowest, roundHalfEven(own)))
    const target = Math.floor((code - lowest) / wide)
    quantized[target] = (quantized[target] ?? 0) + 1
  })
  const steps = grids.map(({ factor }) => 1 / factor)
  return {
    ...{ quantizer: spec.id, layer: spec.layer, bits, lowest, highest, clamped, channels: grids.length },
    ...(kernelBits === null ? {} : { kernels: { mean: kernelBits.reduce((sum, width) => sum + width, 0) / kernelBits.length, least: Math.min(...kernelBits) } }),
    latent: { from, width, counts: latent, below, above },
    quantized: { width: wide, counts: quantized },
    step: { smallest: Math.min(...steps), largest: Math.max(...steps) },
  }
}
