import { withValues } from '../config/edit-text'
import { StudioError } from '../contract/errors'
import { TrainingConfig } from '../contract/training-config'
import { type BitOpsTerm, KERNEL_WISE_REFUSAL, type WhatIfEvaluation, type WhatIfFacts } from '../contract/what-if'
import type { NewRun, RunRecord } from '../store/repositories/runs'
import { checkpointSpec } from './checkpoint-spec'
import { childRun, type ChildRunDeps, configOfChanged, configTextOf, writeChildFolder } from './child-run'
import type { EngineDeps } from './types'

/** Integer widths of a run, one a quantizer, or CONFLICT. */
export function integerWidthsOf({ result, quantizers }: Pick<RunRecord, 'result' | 'quantizers'>): readonly number[] {
  if (quantizers.some(({ kernels }) => kernels !== undefined)) throw new StudioError('CONFLICT', KERNEL_WISE_REFUSAL)
  if (result !== null && result.widths.length > 0) return result.widths
  throw new StudioError('CONFLICT', 'This run has no integer widths yet. Let it train until they are frozen, then change them.')
}

/** The layers of a run's network whose weights are quantized, with its quantizers by index. Throws CONFIG_INVALID as the training would. */
export function termsOfRun({ config, quantizers }: Pick<RunRecord, 'config' | 'quantizers'>, describeNetwork: EngineDeps['describeNetwork']): BitOpsTerm[] {
  const indices = new Map(quantizers.map(({ id }, index) => [id, index]))
  return describeNetwork(TrainingConfig.parse(config)).multiplications.flatMap(({ macs, weight, input }) => {
    const index = indices.get(weight)
    return index === undefined ? [] : [{ macs, weight: index, input: input === null ? null : (indices.get(input) ?? null) }]
  })
}

export async function whatIfFacts({ store, describeNetwork }: Pick<EngineDeps, 'store' | 'describeNetwork'>, runId: string): Promise<WhatIfFacts> {
  const run = await store.runs.get(runId)
  const widths = integerWidthsOf(run)
  return { terms: termsOfRun(run, describeNetwork), widths: [...widths], sensitivities: run.result?.budget?.sensitivities ?? null }
}

export async function evaluateWidths({ store, trainerHost }: Pick<EngineDeps, 'store' | 'trainerHost'>, runId: string, widths: readonly number[]): Promise<WhatIfEvaluation> {
  const run = await store.runs.get(runId)
  integerWidthsOf(run)
  const answer = await trainerHost.job({ kind: 'evaluate', spec: await checkpointSpec(store, run, null), widths: [...widths] })
  if (answer.kind !== 'evaluated') throw new RangeError(`an evaluation was answered with "${answer.kind}"`)
  return answer.evaluation
}

/** The text of a configuration that goes on from a file of weights at fixed widths, frozen from the start. */
export function fixedText(text: string, { weights, fixed, epochs }: { readonly weights: string; readonly fixed: Readonly<Record<string, number>>; readonly epochs: number }): string {
  const removed = [['pretraining'], ['resuming_checkpoint_path'], ['start_epoch'], ['compression', 'rounding']]
  return withValues(text, [
    ...removed.map((path) => ({ path, value: undefined })),
    { path: ['weights'], value: weights },
    { path: ['epochs'], value: epochs },
    { path: ['compatibility'], value: 'studio' },
    { path: ['compression', 'freeze_epoch'], value: 0 },
    { path: ['compression', 'bit_widths', 'fixed'], value: fixed },
  ])
}

/** A run that begins with the weights of another one and trains them at these widths. CONFLICT where there is nothing to begin with. */
export async function prepareFineTuning(deps: ChildRunDeps, runId: string, widths: readonly number[], epochs: number): Promise<NewRun> {
  const { store } = deps
  const parent = await store.runs.get(runId)
  integerWidthsOf(parent)
  const { config: given, resumeFrom } = await checkpointSpec(store, parent, null)
  if (resumeFrom === null || given.compression?.algorithm !== 'fracbits_quantization')
    throw new StudioError('CONFLICT', 'Only a run that learned its widths and still has a checkpoint can be trained on at others.')
  const fixed = Object.fromEntries(parent.quantizers.map(({ id }, index) => [id, widths[index] ?? 0]))
  const text = fixedText(await configTextOf(parent), { weights: resumeFrom.file, fixed, epochs })
  const read = configOfChanged(text, "These widths can't be trained")
  const table = given.compression.hardware_table
  // A table that was read from a file stays what it was.
  const config = table === undefined || read.compression === undefined ? read : { ...read, compression: { ...read.compression, hardware_table: table } }
  const run = childRun(parent, deps, { name: `${parent.name}, other widths`, config, parent: { runId, step: parent.step } })
  await writeChildFolder(parent, run, text)
  return run
}
