import type { WidthGradients } from '../contract/width-gradients'

/** Gradients by width of one training step, one entry per quantizer. */
export interface StepGradients {
  readonly task: ArrayLike<number>
  readonly size: ArrayLike<number>
}

function add(sums: Float64Array, values: ArrayLike<number>): void {
  for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] ?? 0) + (values[i] ?? 0)
}

/** Gathers the gradients of steps that follow one another into their means: a single step's are mostly noise. */
export class GradientMeans {
  private from = 0
  private to = 0
  private steps = 0
  private task = new Float64Array()
  private size = new Float64Array()

  add(step: number, { task, size }: StepGradients): void {
    if (this.steps === 0) {
      this.from = step
      this.task = new Float64Array(task.length)
      this.size = new Float64Array(size.length)
    }
    this.to = step
    this.steps += 1
    add(this.task, task)
    add(this.size, size)
  }

  /** The means since it was last taken; null where no step was added. */
  take(): WidthGradients | null {
    const { from, to, steps } = this
    if (steps === 0) return null
    const mean = (sums: Float64Array): number[] => Array.from(sums, (sum) => sum / steps)
    this.steps = 0
    return { from, to, task: mean(this.task), size: mean(this.size) }
  }
}
