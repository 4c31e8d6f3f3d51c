import type { Layer } from '../../models/layers'

type Part = 'linear' | 'arithmetic' | 'norm' | 'activation' | null

function partOf(layer: Layer): Part {
  switch (layer.kind) {
    case 'conv':
    case 'linear':
      return 'linear'
    case 'add':
    case 'add-scalar':
    case 'multiply-scalar':
      return 'arithmetic'
    case 'batch-norm':
      return 'norm'
    case 'relu':
    case 'relu6':
      return 'activation'
    default:
      return null
  }
}

const TAILS: readonly (readonly Part[])[] = [['norm', 'activation'], ['activation', 'norm'], ['norm'], ['activation']]

/** What may follow a head within one fused operation (spec 6.3), longest first. */
const FUSED_TAILS: Readonly<Record<Exclude<Part, null>, readonly (readonly Part[])[]>> = {
  linear: TAILS,
  arithmetic: TAILS,
  norm: [['activation']],
  activation: [['norm']],
}

/**
 * Layers grouped into the operations that hardware runs as one, in execution order: a chain without branches, of which only the last
 * value is seen outside. `readers` are the layers that read a layer's output; what `isOutput` names is read from outside too.
 */
export function fuse(layers: readonly Layer[], readers: (id: string) => readonly Layer[], isOutput: (id: string) => boolean): [Layer, ...Layer[]][] {
  const taken = new Set<string>()
  const chainFrom = (head: Layer, tail: readonly Part[]): [Layer, ...Layer[]] | null => {
    const chain: [Layer, ...Layer[]] = [head]
    let last = head
    for (const part of tail) {
      const [next, ...others] = readers(last.id)
      if (!next || others.length > 0 || isOutput(last.id) || partOf(next) !== part) return null
      chain.push(next)
      last = next
    }
    return chain
  }
  return layers.flatMap((layer) => {
    if (taken.has(layer.id)) return []
    const part = partOf(layer)
    const tails = part === null ? [] : FUSED_TAILS[part]
    const chain = tails.map((tail) => chainFrom(layer, tail)).find((found) => found !== null) ?? [layer]
    for (const { id } of chain) taken.add(id)
    return [chain]
  })
}
