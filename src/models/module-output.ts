import type { Layer } from './layers'

/** The layer whose output is what the PyTorch module at `path` (such as `layer1.0`) returned in its last call; absent where no layer is inside. */
export function moduleOutput(layers: readonly Layer[], path: string): Layer | undefined {
  return layers.findLast(({ id }) => id.replace(/#\d+$/, '') === path || id.startsWith(`${path}.`))
}
