import { z } from 'zod'
import { ModelName } from '../../contract/models'
import { costOf } from '../../models/cost'
import type { NetworkDefinition } from '../../models/layers'
import { parametersOf } from '../../models/parameter-list'
import { buildNetwork } from '../../models/registry'
import { stateDictShape } from '../../models/state-dict-layout'
import { ArchitectureFile } from './architecture-file'
import { type Computed, computeNetwork } from './architecture-run'
import { FamilyChecker, type FamilyReport, parseFixture, type Tolerance } from './fixture'
import { formulaImages, type FormulaRow, formulaState } from './formula-network'

const BATCH = 2
const EXACT: Tolerance = { absolute: 0, relative: 0 }
const within = (absolute: number): Tolerance => ({ absolute, relative: 0 })
const EVALUATED_LOGITS = within(1e-4)
const TRAINED_LOGITS = within(1e-3)
const MODULE_OUTPUT: Tolerance = { absolute: 1e-5, relative: 1e-3 }
/**
 * Of gradient norms. With running statistics, activations on a kink of ReLU6 flip with float noise; with the statistics of a batch of two all are
 * ill-conditioned, and shifts that a later normalisation takes out again have no gradient but float noise.
 */
const gradientTolerance = (model: string, training: boolean): Tolerance => ({
  absolute: 1e-5,
  relative: training || model.startsWith('mobilenet') ? 0.05 : 0.01,
})

/** Modules whose output is the auxiliary logits, which are also compared one by one. */
const AUXILIARY_LOGITS: ReadonlySet<string> = new Set(['AuxLogits', 'AuxLogits.fc'])
/**
 * Of the mean of values that are held to a relative L2 distance: it moves by no more than their root mean square does. The batch of two, with one
 * position each, is normalised right before these logits, and their signed mean nearly cancels: its own size is no measure of float noise.
 */
const meanWithin = (distanceAllowed: Tolerance, values: readonly number[]): Tolerance => within((distanceAllowed.absolute * norm(values)) / Math.sqrt(values.length))

const norm = (values: ArrayLike<number>): number => Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0))
const distance = (got: ArrayLike<number>, want: readonly number[]): number => norm(want.map((value, i) => (got[i] ?? 0) - value)) / norm(want)

/**
 * Replays one `architecture/<model>.json`: names, counts, and in evaluation and training the logits, losses, outputs of modules, gradients and
 * running statistics. Null for a model that is not there.
 */
export function replayArchitecture(text: string, file: string): FamilyReport | null {
  const model = ModelName.safeParse(parseFixture(z.object({ model: z.string() }), text, file).model)
  if (!model.success) return null
  const recorded = parseFixture(ArchitectureFile, text, file)
  const checker = new FamilyChecker(`architecture/${recorded.model}`)
  const size = recorded.image_size
  const build = (transformInput?: boolean): NetworkDefinition =>
    buildNetwork(
      { model: model.data, model_params: { width_mult: 1, transform_input: transformInput }, num_classes: recorded.num_classes },
      { channels: 3, height: size, width: size },
    )
  const network = build()
  compareDescription(checker, recorded, network)

  const source = { seed: recorded.seed, convGain: recorded.conv_gain }
  const rows = recorded.state_dict.flatMap(([id, name, shape, kind]): FormulaRow[] => (kind === 'zero' ? [] : [{ id, name, shape, kind }]))
  const inputs = {
    state: formulaState(source, rows, parametersOf(network)),
    images: formulaImages(source, recorded.input_id, BATCH, [size, size]),
    labels: recorded.labels,
    batchSize: BATCH,
  }
  const modules = Object.keys(recorded.layer_stats)
  compareMode(checker, recorded, 'eval', computeNetwork(network, inputs, modules, { training: false }))
  compareMode(checker, recorded, 'train', computeNetwork(network, inputs, modules, { training: true }))
  if (recorded.eval_logits_transform_input_false) {
    const { logits } = computeNetwork(build(false), inputs, [], { training: false })
    const error = distance(logits, recorded.eval_logits_transform_input_false.data)
    checker.compare(recorded.model, 'logits without transformed input (relative distance)', [error], [0], EVALUATED_LOGITS)
  }
  return checker.report()
}

function compareDescription(checker: FamilyChecker, recorded: ArchitectureFile, network: NetworkDefinition): void {
  const infos = parametersOf(network)
  const kept = recorded.state_dict.filter(([, , , kind]) => kind !== 'zero')
  const cost = costOf(network)
  const different = infos.filter((info, i) => kept[i]?.[1] !== info.name || kept[i]?.[2].join() !== stateDictShape(info).join()).length
  checker.beginCase()
  checker.compare(
    recorded.model,
    'parameters and multiply-adds',
    [cost.parameterCount, cost.macs],
    [recorded.parameter_count, recorded.macs_per_image],
    EXACT,
  )
  checker.compare(recorded.model, 'state-dict names and shapes', [different, infos.length], [0, kept.length], EXACT)
}

function compareMode(checker: FamilyChecker, recorded: ArchitectureFile, mode: 'eval' | 'train', got: Computed): void {
  const training = mode === 'train'
  const named = (what: string): string => `${what} in ${training ? 'training' : 'evaluation'}`
  const logits = training ? TRAINED_LOGITS : EVALUATED_LOGITS
  const wanted = training ? recorded.train_logits : recorded.eval_logits
  checker.beginCase()
  checker.compare(recorded.model, named('logits (relative distance)'), [distance(got.logits, wanted.data)], [0], logits)
  const loss = training ? recorded.train_loss : recorded.eval_mode_loss
  checker.compare(recorded.model, named('loss'), [got.loss], [loss], { absolute: 0, relative: logits.absolute })
  if (training && recorded.train_aux_logits) {
    const error = distance(got.auxiliaryLogits ?? [], recorded.train_aux_logits.data)
    checker.compare(recorded.model, 'auxiliary logits (relative distance)', [error], [0], logits)
  }
  const auxiliary = training ? recorded.train_aux_logits?.data : undefined
  for (const [path, { [mode]: statistics }] of Object.entries(recorded.layer_stats)) {
    const tolerance = auxiliary && AUXILIARY_LOGITS.has(path) ? meanWithin(logits, auxiliary) : MODULE_OUTPUT
    checker.compare(path, named('mean and magnitude of the output'), got.modules.get(path) ?? [], statistics ?? [], tolerance)
  }
  if (training) {
    for (const [name, mean, magnitude] of recorded.running_stats_after_train_forward)
      checker.compare(name, 'running statistic', got.statistics.get(name) ?? [], [mean, magnitude], MODULE_OUTPUT)
  }
  const gradients = training ? recorded.gradients : recorded.eval_mode_gradients
  const kept = gradients.filter((row): row is typeof row & [string, number] => row[1] !== null)
  checker.compare(recorded.model, named('number of gradients'), [got.gradientNorms.size], [kept.length], EXACT)
  const norms = kept.map(([name]) => got.gradientNorms.get(name) ?? Number.NaN)
  checker.compare(
    recorded.model,
    named('norms of gradients'),
    norms,
    kept.map(([, want]) => want),
    gradientTolerance(recorded.model, training),
  )
}
