import type { ParameterInfo, ParameterKind } from '../../models/parameters'
import { stateDictShape } from '../../models/state-dict-layout'
import type { FormulaKind } from './formula'
import type { FormulaRow } from './formula-network'

const KINDS: Readonly<Record<ParameterKind, FormulaKind>> = {
  'conv-weight': 'weight',
  'depthwise-weight': 'weight',
  'linear-weight': 'weight',
  bias: 'bias',
  'norm-scale': 'gamma',
  'norm-shift': 'beta',
  'running-mean': 'mean',
  'running-variance': 'var',
}

/** The rows of PyTorch's state dict that hold values: behind each running variance it has a counter of batches, which takes an id too. */
export function formulaRows(parameters: readonly ParameterInfo[]): FormulaRow[] {
  let id = 0
  return parameters.map((info) => {
    const row = { id, name: info.name, shape: stateDictShape(info), kind: KINDS[info.kind] }
    id += info.kind === 'running-variance' ? 2 : 1
    return row
  })
}
