import type { TrainerSpec } from '../contract/trainer-messages'
import { integerModel, type IntegerModel } from '../export/integer-model'
import { integerParts } from './integer-parts'
import { loadRun } from './run-checkpoint'
import { openRunParts, type RunParts } from './run-parts'

export async function openIntegerModel(spec: TrainerSpec & { resumeFrom: NonNullable<TrainerSpec['resumeFrom']> }): Promise<{ parts: RunParts; model: IntegerModel }> {
  const parts = await openRunParts(spec, { integerSums: true })
  const { built, engine, network, specs, dataset, config } = parts
  const { state } = await loadRun(spec.folder, spec.resumeFrom, built.variables, config.model)
  engine.write(state, true)
  return { parts, model: integerModel({ network, specs, mean: dataset.mean, std: dataset.std, state, ...integerParts(network, specs, state) }) }
}
