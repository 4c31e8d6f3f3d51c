import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { BudgetOutcome, ResultRow, RunPhase } from '../contract/entities'
import { StudioError } from '../contract/errors'
import { fromStateDict, toStateDict } from '../models/state-dict-layout'
import { readCheckpoint, writeCheckpoint } from './checkpoint-file'
import type { EngineState } from './training-engine'
import type { TrainingVariables } from './training-variables'

/** Everything beside tensors that a run needs to go on exactly where it was. */
export const SavedRun = z.object({
  model: z.string(),
  position: z.object({ stage: z.int(), epoch: z.int(), step: z.int() }),
  /** Ranges of the width stage are set. */
  initialised: z.boolean(),
  rows: z.array(ResultRow),
  /** What the integer widths cost, once they were rounded. */
  budget: BudgetOutcome.nullable().default(null),
  phase: RunPhase,
  /** Validation accuracy of each finished epoch of the stage, null where it was not measured: what the schedule `plateau` goes by. */
  accuracies: z.array(z.number().nullable()).default([]),
  seed: z.int(),
})
export type SavedRun = z.infer<typeof SavedRun>

export interface SavedFile {
  /** Within the run's folder. */
  readonly file: string
  readonly path: string
  readonly sizeBytes: number
  readonly sha256: string
}

/** Not its parents: where the drive of a run is gone, they would be made again on the disk that it was mounted on. */
async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
}

/** Writes `checkpoints/step-<n>.safetensors` in the run's folder, which must be there, in the state-dict layouts of PyTorch. */
export async function saveRun(folder: string, step: number, variables: TrainingVariables, state: EngineState, run: SavedRun): Promise<SavedFile> {
  const file = join('checkpoints', `step-${String(step).padStart(8, '0')}.safetensors`)
  await makeFolder(join(folder, 'checkpoints'))
  const tensors = new Map(
    variables.all.map((variable) => {
      const data = state.get(variable.name) ?? new Float32Array()
      const parameter = variables.parameters.get(variable.name)
      return [variable.name, parameter ? toStateDict(parameter.info, data) : { shape: variable.shape, data }] as const
    }),
  )
  const path = join(folder, file)
  return { file, path, ...(await writeCheckpoint(path, tensors, { run: JSON.stringify(run) })) }
}

/** What a checkpoint says about its run; null for a file of another program, or text that is none of ours. */
export function readSavedRun(metadata: Readonly<Record<string, string>>): SavedRun | null {
  try {
    return SavedRun.parse(JSON.parse(metadata['run'] ?? 'null'))
  } catch (error) {
    if (error instanceof z.ZodError || error instanceof SyntaxError) return null
    throw error
  }
}

/** Reads what {@link saveRun} wrote. Throws CHECKPOINT_MISMATCH when it belongs to another network or configuration. */
export async function loadRun(folder: string, from: { readonly file: string; readonly sha256?: string }, variables: TrainingVariables, model: string): Promise<{ state: EngineState; run: SavedRun }> {
  const file = resolve(folder, from.file)
  const { tensors, metadata } = await readCheckpoint(file, { sha256: from.sha256 })
  const run = readSavedRun(metadata)
  if (run === null || run.model !== model) {
    throw new StudioError('CHECKPOINT_MISMATCH', `${file} does not belong to a run of ${model}. Choose a checkpoint of this run.`)
  }
  const state = new Map<string, Float32Array>()
  for (const variable of variables.all) {
    const tensor = tensors.get(variable.name)
    const parameter = variables.parameters.get(variable.name)
    const size = variable.shape.reduce((product, length) => product * length, 1)
    if (!tensor || tensor.data.length !== size) throw new StudioError('CHECKPOINT_MISMATCH', `${file} does not fit the network: "${variable.name}" is missing or has another shape.`)
    state.set(variable.name, parameter ? fromStateDict(parameter.info, tensor) : tensor.data)
  }
  return { state, run }
}
