import { resolve } from 'node:path'
import { StudioError } from '../contract/errors'
import type { TrainerSpec } from '../contract/trainer-messages'
import { inputSizeOf } from '../contract/training-config'
import type { WeightHistogram } from '../contract/weight-histogram'
import { trainedGrids } from '../export/integer-grid'
import { weightHistogram } from '../export/weight-histogram'
import { buildNetwork } from '../models/registry'
import { placeQuantizers } from '../quantization/placement'
import { type CheckpointTensors, readCheckpoint } from './checkpoint-file'

/** How the weights of every quantized layer lie on its grid, by a checkpoint alone: no data, no TensorFlow. Rejects with CONFLICT or CHECKPOINT_*. */
export async function weightHistograms({ config, folder, resumeFrom }: Pick<TrainerSpec, 'config' | 'folder' | 'resumeFrom'>): Promise<WeightHistogram[]> {
  if (resumeFrom === null) throw new StudioError('CONFLICT', 'This run has no checkpoint yet. Its weights can be seen after the first.')
  if (!config.compression) throw new StudioError('CONFLICT', 'This run trained in FP32 only: its weights lie on no grid. Train with a compression section.')
  const file = resolve(folder, resumeFrom.file)
  const { tensors } = await readCheckpoint(file, { sha256: resumeFrom.sha256 })
  const of = (name: string): Float32Array => found(tensors, name, file)
  const specs = placeQuantizers(buildNetwork(config, inputSizeOf(config)), config.compression, config)
  const trained = trainedGrids(specs, of)
  return specs.flatMap((spec, index) => {
    const grids = trained[index]
    return spec.kind !== 'weight' || grids === undefined ? [] : [weightHistogram(spec, of(`${spec.layer}.weight`), grids)]
  })
}

function found(tensors: CheckpointTensors, name: string, file: string): Float32Array {
  const tensor = tensors.get(name)
  if (tensor === undefined) throw new StudioError('CHECKPOINT_MISMATCH', `${file} does not fit the network: "${name}" is missing. Choose a checkpoint of this run.`)
  return tensor.data
}
