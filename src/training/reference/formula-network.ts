import type { ParameterInfo } from '../../models/parameters'
import { fromStateDict } from '../../models/state-dict-layout'
import { type FormulaKind, formulaTensor } from './formula'

/** One tensor of a recorded state dict: its index there, name and PyTorch shape. */
export interface FormulaRow {
  readonly id: number
  readonly name: string
  readonly shape: readonly number[]
  readonly kind: FormulaKind
}

export interface FormulaSource {
  readonly seed: number
  readonly convGain: number
}

/** Values of a recorded network's parameters by state-dict name, in the engine's layout. Throws CHECKPOINT_MISMATCH where a shape differs. */
export function formulaState(source: FormulaSource, rows: readonly FormulaRow[], parameters: readonly ParameterInfo[]): Map<string, Float32Array> {
  const infos = new Map(parameters.map((info) => [info.name, info]))
  const state = new Map<string, Float32Array>()
  for (const { id, name, shape, kind } of rows) {
    const info = infos.get(name)
    if (info) state.set(name, fromStateDict(info, { shape, data: formulaTensor(source.seed, id, shape, kind, source.convGain) }))
  }
  return state
}

/** The recorded batch of images, [batch, height, width, 3]. */
export function formulaImages(source: FormulaSource, id: number, batch: number, [height, width]: readonly [number, number]): Float32Array {
  const planes = formulaTensor(source.seed, id, [batch, 3, height, width], 'input', source.convGain)
  const pixels = height * width
  return Float32Array.from({ length: planes.length }, (_, i) => {
    const pixel = Math.floor(i / 3)
    return planes[(Math.floor(pixel / pixels) * 3 + (i % 3)) * pixels + (pixel % pixels)] ?? 0
  })
}
