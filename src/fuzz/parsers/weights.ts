import { StudioError } from '../../contract/errors'
import { checkpointHeaderPhase } from '../../engine/checkpoint-choice'
import type { ParameterInfo } from '../../models/parameters'
import { writePth } from '../../models/weights/testing/write-pth'
import { openWeightFile, type WeightFile } from '../../models/weights/weight-file'
import { describeReport, matchWeights } from '../../models/weights/weight-matching'
import { weightSpec } from '../../quantization/testing/weight-spec'
import { readCheckpoint, writeCheckpoint } from '../../training/checkpoint-file'
import { importQuantizers, quantizerEntries } from '../../training/nncf-quantizers'
import { readSavedRun } from '../../training/run-checkpoint'
import { throughFile, written } from '../corpus-files'
import type { Parser } from '../parser'
import { repairSafetensors } from '../repair'

const studio = (error: unknown): boolean => error instanceof StudioError

const TENSORS = { 'conv1.weight': { shape: [2, 1, 2], data: [1, 2, 3, 4] }, 'bn.bias': { shape: [3], data: [1, 2, 3] } }
/** A state dict of NNCF: a quantizer of weights, one of activations with the place in its key, one with sizes as logarithms. */
const QUANTIZED = {
  'nncf_module.conv1.weight': { shape: [2, 1, 1, 2], data: [1, 2, 3, 4] },
  'nncf_module.bn.bias': TENSORS['bn.bias'],
  'nncf_module.conv1.pre_ops.0.op.scale': { shape: [1], data: [0.5] },
  'nncf_module.conv1.pre_ops.0.op._num_bits': { shape: [1], data: [8] },
  'nncf_module.conv1.pre_ops.0.op.enabled': { shape: [1], data: [1] },
  'external_quantizers.relu|OUTPUT.input_low': { shape: [1], data: [-1] },
  'external_quantizers.relu|OUTPUT.input_range': { shape: [1], data: [2] },
  'external_quantizers.fc._scale_param_storage': { shape: [1], data: [0.1] },
}
const SPECS = [
  { ...weightSpec('conv1', 4), stateKey: 'nncf_module.conv1.pre_ops.0.op' },
  { ...weightSpec('relu', 0), mode: 'asymmetric' as const, stateKey: 'external_quantizers.relu|OUTPUT' },
  { ...weightSpec('fc', 3), logarithmic: true, stateKey: 'external_quantizers.fc' },
]
const PARAMETERS: readonly ParameterInfo[] = [
  { name: 'conv1.weight', layer: 'conv1', kind: 'conv-weight', shape: [1, 2, 1, 2], trainable: true },
  { name: 'bn.bias', layer: 'bn', kind: 'norm-shift', shape: [3], trainable: true },
]
const RUN = {
  model: 'resnet20',
  position: { stage: 0, epoch: 1, step: 2 },
  initialised: false,
  rows: [],
  phase: 'fp32-training',
  accuracies: [null, 3],
  seed: 1,
}

/** Opens weights of a stranger and reads every value. */
async function readWeights(file: string): Promise<WeightFile> {
  const opened = await openWeightFile(file)
  for (const tensor of opened.tensors.values()) tensor.values()
  return opened
}

async function readQuantized(path: string): Promise<void> {
  const file = await openWeightFile(path)
  describeReport(matchWeights(file, PARAMETERS, quantizerEntries(SPECS)).report)
  importQuantizers(file, SPECS)
}

/** Weights and checkpoints. */
export async function weightParsers(): Promise<Parser[]> {
  const content = new Map(Object.entries(TENSORS).map(([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data) }]))
  const pth = await Promise.all([
    written((file) => writePth(file, TENSORS)),
    written((file) => writePth(file, TENSORS, { format: 'legacy' })),
    written((file) => writePth(file, TENSORS, { facts: { epoch: 3, arch: 'resnet20', best_acc1: 71.5 } })),
  ])
  const safetensors = await Promise.all([
    written((file) => writeCheckpoint(file, content, { run: JSON.stringify(RUN) })),
    written((file) => writeCheckpoint(file, content, {})),
  ])
  const quantized = await Promise.all([
    written((file) => writePth(file, QUANTIZED, { facts: { epoch: 3 } })),
    written((file) => writePth(file, QUANTIZED, { format: 'legacy' })),
  ])
  return [
    { name: '.pth', corpus: pth, read: throughFile('weights.pth', readWeights), isTyped: studio },
    { name: '.safetensors', corpus: safetensors, read: throughFile('weights.safetensors', readWeights), isTyped: studio, repair: repairSafetensors },
    { name: 'checkpoint of NNCF', corpus: quantized, read: throughFile('nncf.pth', readQuantized), isTyped: studio },
    {
      name: 'checkpoint',
      corpus: safetensors,
      read: throughFile('step-00000001.safetensors', async (file) => {
        await checkpointHeaderPhase(file)
        return readSavedRun((await readCheckpoint(file)).metadata)
      }),
      isTyped: studio,
      repair: repairSafetensors,
    },
  ]
}
