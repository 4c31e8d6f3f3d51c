import { copyFile, link, mkdir, rename, rm } from 'node:fs/promises'
import { dirname, extname, join } from 'node:path'
import { StudioError } from '../contract/errors'
import type { TrainingConfig } from '../contract/training-config'

const SUFFIXES = { fracbits_quantization: '_fracbits_quantization', quantization: '_int8' } as const

/** How the sample names a run and its checkpoints: model, data set, algorithm (spec 1.3). */
export const sampleName = ({ model, dataset, compression }: Pick<TrainingConfig, 'model' | 'dataset' | 'compression'>): string =>
  `${model}_${dataset}${compression === undefined ? '' : SUFFIXES[compression.algorithm]}`

/** The newest, the best and every n-th checkpoint under names of their own, as the sample keeps them (spec 1.7). */
export class NamedCheckpoints {
  constructor(
    private readonly folder: string,
    private readonly name: string,
    private readonly every: number,
  ) {}

  /** After `epochs` epochs, of which `file` is the checkpoint. */
  async keep(file: string, epochs: number, isBest: boolean): Promise<void> {
    const extension = extname(file)
    await this.put(file, join(this.folder, `${this.name}_last${extension}`))
    if (isBest) await this.put(file, join(this.folder, `${this.name}_best${extension}`))
    if (epochs % this.every === 0) await this.put(file, join(this.folder, 'intermediate_checkpoints', `epoch_${epochs}${extension}`))
  }

  /** A second name for the same bytes where the file system allows it, else a copy. The name never stands for half a file. */
  private async put(from: string, to: string): Promise<void> {
    const part = `${to}.part`
    try {
      await mkdir(dirname(to), { recursive: true })
      await rm(part, { force: true })
      await link(from, part).catch(() => copyFile(from, part))
      await rename(part, to)
      // Renaming one name of a file to another name of the same file does nothing.
      await rm(part, { force: true })
    } catch (cause) {
      // The first error is the one to tell; there may be nothing to remove.
      await rm(part, { force: true }).catch(() => undefined)
      const detail = cause instanceof Error ? cause.message : String(cause)
      const full = cause instanceof Error && 'code' in cause && (cause.code === 'ENOSPC' || cause.code === 'EDQUOT')
      throw new StudioError(full ? 'DISK_FULL' : 'CONFLICT', `The checkpoint ${to} cannot be written: ${detail}. Free space or choose another checkpoint_save_dir, and resume.`, { cause })
    }
  }
}
