import type { WidthGradients } from '../contract/width-gradients'

/** Gradients by width of one training step, one entry per quantizer. */
export interface StepGradients {
  readonly task: Float32Array
  readonly size: Float32Array
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
    task.forEach((value, i) => (this.task[i] = (this.task[i] ?? 0) + value))
    size.forEach((value, i) => (this.size[i] = (this.size[i] ?? 0) + value))
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
