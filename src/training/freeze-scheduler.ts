import type { Compatibility } from './compatibility'

/** When widths freeze (spec 9). Epochs are entered before they train. */
export class FreezeScheduler {
  private frozen = false
  private epoch = -1

  /** `freezeEpoch` is zero-based; null or negative never freezes. */
  constructor(
    private readonly freezeEpoch: number | null,
    private readonly switches: Pick<Compatibility, 'freezeOnlyAtEpoch'>,
  ) {}

  get isFrozen(): boolean {
    return this.frozen
  }

  /** -1 before the first. */
  get currentEpoch(): number {
    return this.epoch
  }

  /** Enters an epoch, the next one unless it is given; true if the widths are to be frozen now. */
  enterEpoch(epoch = this.epoch + 1): boolean {
    this.epoch = epoch
    const { freezeEpoch } = this
    if (this.frozen || freezeEpoch === null || freezeEpoch < 0) return false
    const due = this.switches.freezeOnlyAtEpoch ? epoch === freezeEpoch : epoch >= freezeEpoch
    if (due) this.frozen = true
    return due
  }

  /** After a checkpoint was loaded that was in `epoch`: the original makes widths trainable again, whatever they were. */
  restore(epoch: number, frozen: boolean): void {
    this.epoch = epoch
    this.frozen = frozen && !this.switches.freezeOnlyAtEpoch
  }
}
