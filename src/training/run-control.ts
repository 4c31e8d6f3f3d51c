import type { TrainerCommand } from '../contract/trainer-messages'

/** Pause and stop as a training loop sees them. */
export class RunControl {
  private paused = false
  private wake: (() => void) | null = null
  stopRequested = false

  constructor(private readonly announce: (type: 'paused' | 'continued') => void) {}

  handle(command: Exclude<TrainerCommand, { type: 'start' }>): void {
    if (command.type === 'pause') this.paused = true
    else if (command.type === 'continue') this.paused = false
    else this.stopRequested = true
    this.wake?.()
  }

  /** Lets messages in, and waits as long as the run is paused. Call it between steps. */
  async betweenSteps(): Promise<void> {
    await new Promise<void>((done) => setImmediate(done))
    if (!this.paused || this.stopRequested) return
    this.announce('paused')
    while (this.paused && !this.stopRequested) await new Promise<void>((done) => (this.wake = done))
    this.wake = null
    if (!this.stopRequested) this.announce('continued')
  }
}

/** Thrown inside a run to leave the loop after a checkpoint was written. */
export class StopRequested extends Error {}
