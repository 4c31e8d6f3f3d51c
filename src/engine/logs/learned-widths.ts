import type { NetworkOutline } from '../../contract/configurations'
import type { BitWidthHistory, QuantizerInfo, SeriesColumns } from '../../contract/entities'

/** What the sample names the widths that it learns, one series a layer. */
const PREFIX = 'train/statistics/fracbits_quantization/frac_bits/nncf_module.'

export interface LearnedWidths {
  readonly quantizers: QuantizerInfo[]
  readonly history: BitWidthHistory
}

/**
 * Widths of weights over time, in the order of the network's layers, from the curves of the sample. Of activations it logs none.
 * Null where there are no such curves, or one of a layer that the network does not have: then the configuration is that of another network.
 */
export function learnedWidths(series: readonly SeriesColumns[], network: NetworkOutline): LearnedWidths | null {
  const byLayer = new Map(series.filter(({ key }) => key.startsWith(PREFIX)).map((one) => [one.key.slice(PREFIX.length), one]))
  const layers = network.layers.flatMap((layer) => {
    const found = byLayer.get(layer.id)
    return found === undefined || layer.weight === null ? [] : [{ layer, weight: layer.weight, widths: valuesOf(found) }]
  })
  if (layers.length === 0 || layers.length < byLayer.size) return null
  const quantizers = layers.map(({ layer, weight }): QuantizerInfo => {
    const { id, mode, perChannel, minBits, maxBits } = weight
    return { id, layer: layer.id, kind: 'weight', mode, perChannel, elements: layer.weightElements, minBits, maxBits }
  })
  const history: BitWidthHistory = { steps: [], widths: [] }
  for (const step of layers[0]?.widths.keys() ?? []) {
    const row = layers.flatMap(({ widths }) => widths.get(step) ?? [])
    if (row.length < layers.length) continue
    history.steps.push(step)
    history.widths.push(row)
  }
  return { quantizers, history }
}

function valuesOf({ steps, values }: SeriesColumns): ReadonlyMap<number, number> {
  return new Map(
    steps.flatMap((step, index): [number, number][] => {
      const value = values[index] ?? null
      return value === null ? [] : [[step, value]]
    }),
  )
}
