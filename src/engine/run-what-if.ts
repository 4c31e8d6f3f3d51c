import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { applyEdits, modify, parse } from 'jsonc-parser'
import { readConfigText } from '../config/config-text'
import { placeOf } from '../config/value-path'
import { StudioError } from '../contract/errors'
import { TrainingConfig } from '../contract/training-config'
import type { WhatIfEvaluation, WhatIfFacts } from '../contract/what-if'
import type { NewRun, RunRecord } from '../store/repositories/runs'
import { writeFileAtomic } from '../util/atomic-write'
import { checkpointSpec } from './checkpoint-spec'
import type { BranchDeps } from './run-branch'
import type { EngineDeps } from './types'

/** Integer widths of a run, or CONFLICT. */
function widthsOf({ result }: RunRecord): readonly number[] {
  if (result !== null && result.widths.length > 0) return result.widths
  throw new StudioError('CONFLICT', 'This run has no integer widths yet. Let it train until they are frozen, then change them.')
}

export async function whatIfFacts({ store, describeNetwork }: Pick<EngineDeps, 'store' | 'describeNetwork'>, runId: string): Promise<WhatIfFacts> {
  const run = await store.runs.get(runId)
  const widths = widthsOf(run)
  const indices = new Map(run.quantizers.map(({ id }, index) => [id, index]))
  const terms = describeNetwork(TrainingConfig.parse(run.config)).multiplications.flatMap(({ macs, weight, input }) => {
    const index = indices.get(weight)
    return index === undefined ? [] : [{ macs, weight: index, input: input === null ? null : (indices.get(input) ?? null) }]
  })
  return { terms, widths: [...widths], sensitivities: run.result?.budget?.sensitivities ?? null }
}

export async function evaluateWidths({ store, trainerHost }: Pick<EngineDeps, 'store' | 'trainerHost'>, runId: string, widths: readonly number[]): Promise<WhatIfEvaluation> {
  const run = await store.runs.get(runId)
  widthsOf(run)
  const answer = await trainerHost.job({ kind: 'evaluate', spec: await checkpointSpec(store, run, null), widths: [...widths] })
  if (answer.kind !== 'evaluated') throw new RangeError(`an evaluation was answered with "${answer.kind}"`)
  return answer.evaluation
}

/** The text of a configuration that goes on from a file of weights at fixed widths, frozen from the start. */
export function fixedText(text: string, { weights, fixed, epochs }: { readonly weights: string; readonly fixed: Readonly<Record<string, number>>; readonly epochs: number }): string {
  const set = (before: string, path: readonly string[], value: unknown): string =>
    applyEdits(before, modify(before, [...placeOf(parse(before), path)], value, { formattingOptions: { insertSpaces: true, tabSize: 2 } }))
  const removed = [['pretraining'], ['resuming_checkpoint_path'], ['start_epoch'], ['compression', 'rounding']]
  const plain = removed.reduce((before, path) => set(before, path, undefined), text)
  const begun = set(set(set(plain, ['weights'], weights), ['epochs'], epochs), ['compatibility'], 'studio')
  return set(set(begun, ['compression', 'freeze_epoch'], 0), ['compression', 'bit_widths', 'fixed'], fixed)
}

/** A run that begins with the weights of another one and trains them at these widths. CONFLICT where there is nothing to begin with. */
export async function prepareFineTuning({ store, newId, now }: BranchDeps, runId: string, widths: readonly number[], epochs: number): Promise<NewRun> {
  const parent = await store.runs.get(runId)
  widthsOf(parent)
  const { config: given, resumeFrom } = await checkpointSpec(store, parent, null)
  if (resumeFrom === null || given.compression?.algorithm !== 'fracbits_quantization')
    throw new StudioError('CONFLICT', 'Only a run that learned its widths and still has a checkpoint can be trained on at others.')
  const fixed = Object.fromEntries(parent.quantizers.map(({ id }, index) => [id, widths[index] ?? 0]))
  const text = fixedText(await readFile(join(parent.folder, 'config.json'), 'utf8'), { weights: resumeFrom.file, fixed, epochs })
  const { config, issues } = readConfigText(text)
  if (config === null) throw new StudioError('CONFIG_INVALID', `These widths can't be trained: ${issues[0]?.message ?? ''}`, { issues: [...issues] })
  const table = given.compression.hardware_table
  const id = newId()
  const folder = join(dirname(parent.folder), id)
  await mkdir(join(folder, 'checkpoints'), { recursive: true })
  await writeFileAtomic(join(folder, 'config.json'), text)
  const { model, dataset, dataDir, workers, targetRate, step } = parent
  return {
    id,
    name: `${parent.name}, other widths`,
    model,
    dataset,
    status: 'queued',
    phase: 'preparing',
    step: 0,
    totalSteps: 0,
    createdAt: now(),
    targetRate,
    // A table that was read from a file stays what it was.
    config: table === undefined || config.compression === undefined ? config : { ...config, compression: { ...config.compression, hardware_table: table } },
    dataDir,
    folder,
    workers,
    parent: { runId, step },
  }
}
