import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { availableParallelism } from 'node:os'
import { Command, Option } from 'commander'
import { MODEL_NAMES, ModelName } from '../../contract/models'
import { writePhotos } from '../../data/testing/write-photos'
import { benchData, type DataBench } from '../../training/bench/bench-data'
import { makeTempDir } from '../../util/temp-dir'
import type { CliContext, CommonOptions } from '../context'
import { EXIT } from '../exit-codes'
import { runCommand, withCommonOptions } from '../run-command'
import { wholeNumber } from '../whole-number'

interface DataOptions extends CommonOptions {
  readonly data?: string
  readonly images: number
  readonly workers: number
  readonly batchSize: number
  readonly imageSize: number
  readonly epochs: number
  readonly cache?: boolean
  readonly model?: string
}

const MAX = { images: 1_000_000, workers: 64, batch: 65_536, size: 4096, epochs: 1000 } as const
const CACHE_BYTES = 1e12

/** Measures how fast the images of a folder become batches; needs no workspace. */
export function benchDataCommand(context: CliContext): Command {
  const command = new Command('data')
    .description('measure how fast images of a folder become batches')
    .option('--data <folder>', 'image folder with train/<class> and val/<class>; made-up photos are written to it where it does not exist yet')
    .addOption(new Option('--images <count>', 'made-up training photos').argParser(wholeNumber(1, MAX.images)).default(1000))
    .addOption(new Option('--workers <count>', 'threads that load').argParser(wholeNumber(0, MAX.workers)).default(availableParallelism()))
    .addOption(new Option('--batch-size <images>', 'images in a batch').argParser(wholeNumber(1, MAX.batch)).default(32))
    .addOption(new Option('--image-size <pixels>', 'height and width of the batches').argParser(wholeNumber(1, MAX.size)).default(224))
    .addOption(new Option('--epochs <count>', 'epochs to measure, after one that is not').argParser(wholeNumber(1, MAX.epochs)).default(3))
    .option('--cache', 'keep reduced images on disk (image_cache_gb)')
    .addOption(new Option('--model <name>', 'take training steps on an epoch as well, and say how long they wait').choices(MODEL_NAMES))
  return withCommonOptions(command).action((options: DataOptions) =>
    runCommand(context, options, async () => {
      const temporary = makeTempDir('fracbits-bench-data-')
      try {
        const dir = options.data ?? join(temporary.path, 'photos')
        if (!existsSync(dir)) await writePhotos(dir, { train: options.images, validation: Math.ceil(options.images / 4) })
        const { workers, batchSize, imageSize, epochs, model } = options
        const cache = options.cache === true ? { folder: join(temporary.path, 'reduced'), bytes: CACHE_BYTES } : null
        const result = await benchData({ dir, workers, batchSize, imageSize, epochs, cache, model: model === undefined ? null : ModelName.parse(model) })
        context.io.out.write(options.json === true ? `${JSON.stringify({ type: 'bench-data', ...result })}\n` : text(result))
        return EXIT.ok
      } finally {
        temporary.remove()
      }
    }),
  )
}

function text({ images, workers, batchSize, imageSize, trainImagesPerSecond: train, validationImagesPerSecond: validation, training }: DataBench): string {
  const lines = [
    `${String(images)} training images to ${String(imageSize)} pixels, batches of ${String(batchSize)}, ${String(workers)} threads`,
    `training    ${train.max.toFixed(0)} images/s fastest, ${train.median.toFixed(0)} median, ${train.min.toFixed(0)} slowest epoch`,
    `validation  ${validation.max.toFixed(0)} images/s fastest, ${validation.median.toFixed(0)} median`,
    ...(training ? [`${training.model.padEnd(11)} ${training.secondsPerStep.toFixed(3)} s a step, ${(100 * training.waitedShare).toFixed(2)} % of it waiting for images`] : []),
  ]
  return `${lines.join('\n')}\n`
}
