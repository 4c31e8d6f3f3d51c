import type { ResultRow } from '../contract/entities'
import { sizeCost } from '../quantization/round-widths'
import { isKernelWise, kernelWidthsOf, meanWidths, widthSpecs } from '../quantization/width-layout'
import type { RunJournal } from './run-journal'
import { Predictions } from './predictions'
import type { RunParts } from './run-parts'
import { evaluate, floatSizeBits, isLearned, resultRow } from './run-passes'
import type { Evaluation, EvaluationKind } from './training-engine'
import { adaptBatchNorms, areWidthsFrozen, currentOutcome, finishWeights, freezeNote, freezeWidths, integerWidths } from './width-stage'

const FLOAT_RATE = 8 / 32

/** The table of results: FP32, INT8, mixed. Each row is evaluated, told and kept. */
export class ResultTable {
  private readonly parts: RunParts

  constructor(private readonly journal: RunJournal) {
    this.parts = journal.tools.parts
  }

  /** How the model that trains is evaluated: the original takes widths as they train, fractional unless they are frozen. */
  get trainedKind(): EvaluationKind {
    return isLearned(this.parts) && this.parts.switches.evaluatesFractional ? 'fractional' : 'integer'
  }

  /** How rows of the table are evaluated: the integer model over integers, as an exported file computes it. */
  private get rowKind(): EvaluationKind {
    return this.trainedKind === 'integer' ? 'integer-sums' : this.trainedKind
  }

  /** Evaluates all validation images and puts the outcome on the curves. */
  async measure(kind: EvaluationKind, predictions?: Predictions): Promise<Evaluation> {
    const evaluation = await evaluate(this.parts, kind, () => this.journal.betweenSteps(), predictions)
    const { reporter } = this.journal.tools
    const { step } = this.journal
    reporter.point('val/loss', step, evaluation.loss)
    reporter.point('val/top1', step, evaluation.top1)
    reporter.point('val/top5', step, evaluation.top5)
    this.journal.report(true)
    return evaluation
  }

  /** The model with bit-widths as they train beside the integer one; both are the same once they are frozen. */
  async recordFractional(evaluation: Evaluation): Promise<void> {
    const isSame = areWidthsFrozen(this.parts) || this.trainedKind === 'fractional'
    const { loss, top1 } = isSame ? evaluation : await evaluate(this.parts, 'fractional', () => this.journal.betweenSteps())
    const { reporter } = this.journal.tools
    reporter.point('val/fractional_loss', this.journal.step, loss)
    reporter.point('val/fractional_top1', this.journal.step, top1)
    this.journal.report(true)
  }

  async addFloat(note: string): Promise<void> {
    this.journal.setPhase('fp32-evaluation')
    const predictions = new Predictions(this.parts.dataset)
    const evaluation = await evaluate(this.parts, 'float', () => this.journal.betweenSteps(), predictions)
    await this.add(resultRow('fp32', evaluation, { bits: floatSizeBits(this.parts), rate: FLOAT_RATE }, note), predictions)
  }

  /**
   * After the ranges were set: at 8 bits, whatever width training starts from, or at the uniform width that is asked for. Left out where the
   * widths may not be so wide.
   */
  async addInitialised(): Promise<void> {
    this.journal.setPhase('int8-evaluation')
    const specs = widthSpecs(this.parts.specs)
    const start = specs.map(({ startBits, initialBits }) => startBits ?? initialBits)
    const widths = this.uniformBits === null ? specs.map(({ initialBits }) => initialBits) : start
    if (specs.some(({ maxBits }, i) => maxBits < (widths[i] ?? 0))) return
    const predictions = new Predictions(this.parts.dataset)
    const evaluation = await this.measureAt(widths, start, predictions)
    const kind = this.uniformBits === null || this.uniformBits === 8 ? 'int8' : 'rounded'
    await this.add(resultRow(kind, evaluation, this.sizeAt(widths), 'ranges initialised, weights not retrained'), predictions)
  }

  /** The integer model at other widths than training starts from, with batch norms to fit them; all is as before then. */
  private async measureAt(widths: readonly number[], start: readonly number[], predictions: Predictions): Promise<Evaluation> {
    if (widths.every((bits, i) => bits === start[i])) return this.measure('integer-sums', predictions)
    const { engine } = this.parts
    const kept = engine.read()
    engine.write(new Map([['quantizers/bits', Float32Array.from(widths)]]))
    await adaptBatchNorms(this.parts)
    try {
      return await this.measure('integer-sums', predictions)
    } finally {
      engine.write(kept)
    }
  }

  /** Width of all weights of a run that learns none; null where that is 8 as ever, or widths are learned. */
  private get uniformBits(): number | null {
    return isLearned(this.parts) ? null : (this.parts.config.compression?.bit_widths?.weight_bits ?? null)
  }

  private sizeAt(widths: readonly number[]): { readonly bits: number; readonly rate: number } {
    const sizeOf = sizeCost(widthSpecs(this.parts.specs))
    const bits = sizeOf(widths)
    return { bits, rate: sizeOf(widths.map(() => 8)) / bits }
  }

  /** The last row. Widths that never froze do so now, unless the run is evaluated as it trained. */
  async addFinal(): Promise<void> {
    const learned = isLearned(this.parts)
    if (learned && this.trainedKind === 'integer' && !areWidthsFrozen(this.parts)) {
      this.journal.budget = await freezeWidths(this.parts, () => this.journal.betweenSteps())
      this.journal.say(freezeNote(this.parts, this.journal.budget))
    }
    const fractional = !areWidthsFrozen(this.parts)
    this.journal.setPhase('final-evaluation')
    await finishWeights(this.parts)
    const predictions = new Predictions(this.parts.dataset)
    const evaluation = await evaluate(this.parts, this.rowKind, () => this.journal.betweenSteps(), predictions)
    const widths = integerWidths(this.parts)
    this.journal.budget = currentOutcome(this.parts, this.journal.budget)
    const uniform = this.uniformBits ?? 8
    const note = !learned ? `trained at ${String(uniform)} bits` : fractional ? 'bit-widths learned; accuracy with fractional, size with rounded widths' : 'bit-widths learned, integer model'
    const kind = learned ? 'mixed' : uniform === 8 ? 'int8' : 'uniform'
    await this.add({ ...resultRow(kind, evaluation, this.sizeAt(widths), note), ...(fractional ? { fractional } : {}) }, predictions, widths)
    await this.journal.checkpoint()
  }

  /** Keeps the answers to single images first: a row is never told without them. */
  private async add(row: ResultRow, predictions: Predictions, widths: readonly number[] = []): Promise<void> {
    await predictions.write(this.journal.tools.folder, row.kind)
    const targetRate = this.parts.budget?.targetRate ?? null
    const { specs } = this.parts
    const { budget } = this.journal
    const known = widths.length === 0 ? { widths: [] } : { widths: meanWidths(specs, widths), ...(isKernelWise(specs) ? { kernelWidths: kernelWidthsOf(specs, widths) } : {}) }
    this.journal.rows = [...this.journal.rows.filter(({ kind }) => kind !== row.kind), row]
    this.journal.tools.channel.send({ type: 'result', result: { rows: [...this.journal.rows], targetRate, ...known, ...(budget === null ? {} : { budget }) } })
    this.journal.say(`${row.kind.toUpperCase()}: accuracy ${row.top1.toFixed(2)} %, ${row.sizeBits} bits, rate ${row.rate.toFixed(3)} (${row.note})`)
  }
}
