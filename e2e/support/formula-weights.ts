import { TrainingConfig, inputSizeOf } from '../../src/contract/training-config'
import { parametersOf } from '../../src/models/parameter-list'
import { buildNetwork } from '../../src/models/registry'
import { stateDictShape } from '../../src/models/state-dict-layout'
import { type TestTensor, writePth } from '../../src/models/weights/testing/write-pth'
import { type FormulaKind, formulaTensor } from '../../src/training/reference/formula'

const SEED = 5
/** Keeps values of order one on their way; residual sums grow by themselves. */
const gainOf = (model: string): number => (model.startsWith('resnet') ? 3 : 6)

const kindOf = (name: string, rank: number): FormulaKind => {
  if (name.endsWith('running_mean')) return 'mean'
  if (name.endsWith('running_var')) return 'var'
  if (name.endsWith('bias')) return 'beta'
  return rank > 1 ? 'weight' : 'gamma'
}

/** Writes weights as a trained network might have them, so that values neither vanish nor grow on their way; a `.pth` file of PyTorch. */
export async function writeFormulaWeights(file: string, config: unknown, format: 'zip' | 'legacy'): Promise<void> {
  const parsed = TrainingConfig.parse(config)
  const network = buildNetwork(parsed, inputSizeOf(parsed))
  const tensors: Record<string, TestTensor> = {}
  parametersOf(network).forEach((info, id) => {
    const shape = stateDictShape(info)
    tensors[info.name] = { shape, data: formulaTensor(SEED, id, shape, kindOf(info.name, shape.length), gainOf(parsed.model)) }
  })
  await writePth(file, tensors, { format })
}
