import { StudioError } from '../contract/errors'
import { describeReport, isComplete, matchWeights } from '../models/weights/weight-matching'
import { openWeightFile, type WeightFile } from '../models/weights/weight-file'
import type { QuantizerSpec } from '../quantization/quantizer-spec'
import { widthSpecs } from '../quantization/width-layout'
import { importQuantizers, quantizerEntries } from './nncf-quantizers'
import { loadRun, type SavedRun } from './run-checkpoint'
import type { RunPlan } from './run-plan'
import type { EngineState } from './training-engine'
import type { TrainingVariables } from './training-variables'

/** What is worth saying about a file that was read. */
export interface FileNote {
  readonly level: 'info' | 'warning'
  readonly message: string
}

const OWN_ENTRIES = /^(quantizers|optimizer|average|teacher|oscillations)\//

const parametersOf = (variables: TrainingVariables): Parameters<typeof matchWeights>[1] => [...variables.parameters.values()].map(({ info }) => info)

/** FP32 weights to start from, by state-dict name; entries that do not fit are named and left out. Throws CHECKPOINT_MISMATCH when nothing fits. */
export async function loadGivenWeights(path: string, variables: TrainingVariables, specs: readonly QuantizerSpec[]): Promise<{ state: EngineState; note: FileNote }> {
  const file = await openWeightFile(path)
  const belongsToQuantizer = quantizerEntries(specs)
  const { values, report } = matchWeights(file, parametersOf(variables), (name) => OWN_ENTRIES.test(name) || belongsToQuantizer(name))
  return { state: values, note: { level: isComplete(report) ? 'info' : 'warning', message: `Weights of ${path}: ${describeReport(report)}` } }
}

export interface ResumedRun {
  readonly state: EngineState
  readonly run: SavedRun
  readonly notes: readonly FileNote[]
}

/**
 * Where a run goes on that a checkpoint file of another one is given to: a checkpoint of this program in full, one of NNCF with its weights,
 * quantizers and epoch (spec 1.7). Throws CHECKPOINT_MISMATCH when it does not fit.
 */
export async function resumeFromFile(
  path: string,
  given: { readonly variables: TrainingVariables; readonly specs: readonly QuantizerSpec[]; readonly plan: RunPlan; readonly model: string; readonly learned: boolean },
): Promise<ResumedRun> {
  const file = await openWeightFile(path)
  if (file.metadata['run'] === undefined) return resumeFromNncf(file, given)
  return { ...(await loadRun('', { file: path }, given.variables, given.model)), notes: [] }
}

function resumeFromNncf(file: WeightFile, { variables, specs, plan, model, learned }: Parameters<typeof resumeFromFile>[1]): ResumedRun {
  const { values, report } = matchWeights(file, parametersOf(variables), quantizerEntries(specs))
  if (!isComplete(report)) throw mismatch(file.file, describeReport(report))
  const quantizers = importQuantizers(file, specs)
  if (specs.length > 0 && quantizers.found === 0)
    throw new StudioError('CHECKPOINT_MISMATCH', `${file.file} holds weights but no quantizers. To start from its weights, give it with --weights (key "weights").`)
  if (quantizers.missing.length > 0) throw mismatch(file.file, `no ranges for ${quantizers.missing.slice(0, 5).join(', ')}`)
  const epoch = Number(file.facts.get('epoch') ?? 0)
  const stage = Math.max(0, plan.stages.length - 1)
  const finished = Math.min(Number.isSafeInteger(epoch) && epoch > 0 ? epoch : 0, plan.stages[stage]?.epochs ?? 0)
  const named = (what: string, ids: readonly string[]): FileNote[] => (ids.length === 0 ? [] : [{ level: 'warning', message: `${what}: ${ids.join(', ')}` }])
  const frozen = new Float32Array(widthSpecs(specs).length).fill(learned ? 0 : 1)
  return {
    state: new Map([...values, ...(specs.length > 0 ? [...quantizers.state, ['quantizers/frozen', frozen] as const] : [])]),
    run: { model, position: { stage, epoch: finished, step: 0 }, initialised: true, rows: [], budget: null, phase: 'preparing', accuracies: Array.from({ length: finished }, () => null), seed: 0 },
    notes: [
      { level: 'info', message: `${file.file}: ${describeReport(report)}, ${quantizers.found} quantizers, ${finished} epochs done; its optimizer starts anew` },
      ...named('Without a width in the file, at the initial one', quantizers.withoutWidth),
      ...named('Switched off in the file, on here', quantizers.disabled),
    ],
  }
}

function mismatch(file: string, what: string): StudioError {
  return new StudioError('CHECKPOINT_MISMATCH', `${file} does not fit the configured model: ${what}. Choose a checkpoint of the same model and configuration.`)
}
