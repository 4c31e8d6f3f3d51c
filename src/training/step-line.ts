export interface StepPlace {
  /** Zero-based, over all stages. */
  readonly step: number
  /** Zero-based, within its stage. */
  readonly epoch: number
  readonly stepOfEpoch: number
}

/** Sum and last of a value that is watched over an epoch. */
class Meter {
  private sum = 0
  private count = 0
  private last = 0

  add(value: number): void {
    this.sum += value
    this.count += 1
    this.last = value
  }

  /** "current (average)". */
  text(digits: number): string {
    return `${this.last.toFixed(digits)} (${(this.count === 0 ? 0 : this.sum / this.count).toFixed(digits)})`
  }
}

const METERS = [
  ['Time', 'time', 3],
  ['Data', 'data', 3],
  ['CE_loss', 'criterion_loss', 4],
  ['CR_loss', 'compression_loss', 4],
  ['Loss', 'loss', 4],
  ['Acc@1', 'top1', 3],
  ['Acc@5', 'top5', 3],
] as const

export type StepScalars = Readonly<Record<'learning_rate' | 'criterion_loss' | 'compression_loss' | 'loss' | 'top1' | 'top5', number>>

/** The line that the sample writes every so many steps, with averages over the epoch so far (spec 1.6). */
export class StepLine {
  private meters = new Map<string, Meter>()
  private epoch = -1

  constructor(
    private readonly every: number,
    private readonly stepsPerEpoch: number,
  ) {}

  /** The line, if this step has one. Times in milliseconds. */
  add({ epoch, stepOfEpoch }: StepPlace, scalars: StepScalars, { stepMs, dataMs }: { readonly stepMs: number; readonly dataMs: number }): string | null {
    if (epoch !== this.epoch) {
      this.epoch = epoch
      this.meters = new Map(METERS.map(([, key]) => [key, new Meter()]))
    }
    const values: Readonly<Record<string, number>> = { ...scalars, time: stepMs / 1000, data: dataMs / 1000 }
    for (const [key, meter] of this.meters) meter.add(values[key] ?? 0)
    if (stepOfEpoch % this.every !== 0) return null
    const rate = Number(scalars.learning_rate.toPrecision(3))
    const parts = METERS.map(([title, key, digits]) => `${title}: ${this.meters.get(key)?.text(digits) ?? ''}`)
    return [`: Epoch: [${epoch}][${stepOfEpoch}/${this.stepsPerEpoch}]`, `Lr: ${rate}`, ...parts].join(' ')
  }
}
