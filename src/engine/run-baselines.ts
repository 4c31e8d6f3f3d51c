import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withValues } from '../config/edit-text'
import { type Baseline, BASELINE_ROLES, type BaselineRole, type Baselines } from '../contract/baselines'
import type { Checkpoint, ResultRow } from '../contract/entities'
import { StudioError } from '../contract/errors'
import { TrainingConfig } from '../contract/training-config'
import type { NewRun, RunRecord } from '../store/repositories/runs'
import type { Store } from '../store/store'
import { childRun, type ChildRunDeps, configOfChanged, configTextOf, writeChildFolder } from './child-run'

const INT8_BITS = 8
/** A uniform model may take so much more than the mixed one and still counts as no larger: the fineness of budgets. */
const SIZE_TOLERANCE = 0.005

type UniformWidths = Pick<Baseline, 'weightBits' | 'activationBits'>

/** Mean widths of a result: of weights by their number, of activations by quantizer. */
function meanWidths({ quantizers, result }: RunRecord): { weights: number; activations: number } {
  const of = (kind: 'weight' | 'activation', share: (elements: number) => number): number => {
    const parts = quantizers.flatMap((quantizer, i) => (quantizer.kind === kind ? [{ share: share(quantizer.elements), bits: result?.widths[i] ?? 0 }] : []))
    return parts.reduce((sum, { share: own, bits }) => sum + own * bits, 0) / parts.reduce((sum, { share: own }) => sum + own, 0)
  }
  return { weights: of('weight', (elements) => elements), activations: of('activation', () => 1) }
}

/** Widths of a baseline: of `uniform`, the widest for weights that takes no more bits than the run's, and the activations' mean. */
export function uniformWidths(run: RunRecord, role: BaselineRole): UniformWidths {
  if (role === 'int8') return { weightBits: INT8_BITS, activationBits: INT8_BITS }
  const { weights, activations } = meanWidths(run)
  return { weightBits: Math.max(2, Math.floor(weights * (1 + SIZE_TOLERANCE))), activationBits: Number.isNaN(activations) ? INT8_BITS : Math.round(activations) }
}

const mixedRow = ({ result }: RunRecord): ResultRow | undefined => result?.rows.find(({ kind, fractional }) => kind === 'mixed' && fractional !== true)

/** The widths of a run at uniform precision; null for one that is not. */
function widthsOf(run: RunRecord): UniformWidths | null {
  const config = TrainingConfig.safeParse(run.config)
  const compression = config.success ? config.data.compression : undefined
  const { weight_bits: weightBits, activation_bits: activationBits } = compression?.bit_widths ?? {}
  return compression?.algorithm !== 'quantization' || weightBits === undefined || activationBits === undefined ? null : { weightBits, activationBits }
}

const NAMES: Readonly<Record<BaselineRole, string>> = { int8: 'INT8 baseline', uniform: 'uniform baseline' }

/** What a run at uniform precision says about one at mixed precision. */
export function verdictOf(mixed: ResultRow, uniform: ResultRow, weightBits: number): NonNullable<Baselines['verdict']> {
  const difference = mixed.top1 - uniform.top1
  const share = (mixed.top1 + uniform.top1) / 200
  // Twice the standard error of a difference between two shares of so many images.
  const chance = 200 * Math.sqrt((2 * share * (1 - share)) / Math.max(1, mixed.images))
  const sizes = `${String(weightBits)} bits everywhere (rate ${uniform.rate.toFixed(3)}) reach ${uniform.top1.toFixed(2)} %, mixed precision (rate ${mixed.rate.toFixed(3)}) ${mixed.top1.toFixed(2)} %`
  if (difference <= 0) return { pays: false, sentence: `Mixed precision does not pay here: ${sizes}.` }
  if (difference < chance) return { pays: false, sentence: `It cannot be said that mixed precision pays: ${sizes}, and chance alone explains ${chance.toFixed(2)} points on ${String(mixed.images)} images.` }
  return { pays: true, sentence: `Mixed precision pays: ${sizes}.` }
}

export async function baselinesOf(store: Store, runId: string): Promise<Baselines> {
  const run = await store.runs.get(runId)
  const mixed = mixedRow(run)
  if (mixed === undefined) return { baselines: [], missing: [], verdict: null }
  const children = await store.runs.children(runId)
  const found = BASELINE_ROLES.map((role): Baseline | null => {
    const wanted = uniformWidths(run, role)
    const child = children.findLast((one) => {
      const widths = widthsOf(one)
      return widths?.weightBits === wanted.weightBits && widths.activationBits === wanted.activationBits
    })
    if (child === undefined) return null
    return { role, runId: child.id, status: child.status, ...wanted, rows: (child.result?.rows ?? []).filter(({ kind }) => kind !== 'fp32') }
  })
  const uniform = found.find((baseline) => baseline?.role === 'uniform')
  const trained = uniform?.status === 'finished' ? uniform.rows.at(-1) : undefined
  return {
    baselines: found.filter((baseline) => baseline !== null),
    missing: BASELINE_ROLES.filter((_, i) => found[i] === null),
    verdict: !uniform || trained === undefined ? null : verdictOf(mixed, trained, uniform.weightBits),
  }
}

/** The text of a configuration at uniform precision: everything about the learning of widths is gone. */
export function uniformText(text: string, compatibility: TrainingConfig['compatibility'], { weightBits, activationBits }: UniformWidths): string {
  const removed = ['freeze_epoch', 'loss', 'rounding', 'hardware', 'hardware_table']
  return withValues(text, [
    { path: ['compatibility'], value: compatibility },
    ...removed.map((key) => ({ path: ['compression', key], value: undefined })),
    { path: ['compression', 'algorithm'], value: 'quantization' },
    { path: ['compression', 'bit_widths'], value: { weight_bits: weightBits, activation_bits: activationBits } },
  ])
}

/** A run at uniform precision beside `runId`: from the end of its FP32 training where that was kept, else from the beginning. CONFLICT without a result. */
export async function prepareBaseline(deps: ChildRunDeps, runId: string, role: BaselineRole): Promise<{ run: NewRun; checkpoint: Omit<Checkpoint, 'id'> | null }> {
  const { store } = deps
  const parent = await store.runs.get(runId)
  if (mixedRow(parent) === undefined)
    throw new StudioError('CONFLICT', 'This run has no result at mixed precision with integer widths yet. Let it finish, then add baselines.')
  const given = TrainingConfig.parse(parent.config)
  const text = uniformText(await configTextOf(parent), given.compatibility, uniformWidths(parent, role))
  const config = configOfChanged(text, "A baseline can't be made of this configuration")
  const start = (await store.checkpoints.list(runId)).filter(({ phase }) => phase === 'fp32-evaluation').at(0) ?? null
  const begun = { phase: start?.phase ?? 'preparing', step: start?.step ?? 0, totalSteps: parent.totalSteps, parent: { runId, step: start?.step ?? 0 } } as const
  const run = childRun(parent, deps, { name: `${parent.name}, ${NAMES[role]}`, config, targetRate: null, ...begun })
  await writeChildFolder(parent, run, text)
  if (start !== null) await copyFile(join(parent.folder, start.file), join(run.folder, start.file))
  return { run, checkpoint: start && { ...start, runId: run.id } }
}
