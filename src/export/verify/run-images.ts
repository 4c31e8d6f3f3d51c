import ort from 'onnxruntime-node'
import { excludedByPlace } from '../../data/kept-images'
import { openDataset } from '../../data/open-dataset'
import type { Job } from '../../contract/exports'
import type { Manifest } from '../manifest'
import { INPUT_NAME } from '../onnx/onnx-emitter'
import { OUTPUT_NAME } from '../onnx/onnx-file'
import type { Session } from '../session'

const BATCH = 100

export interface ImageRun {
  readonly images: number
  /** Labels of the images. */
  readonly labels: Int32Array
  /** [images, classes]. */
  readonly logits: Float32Array
}

export const onnxRuntimeName = (): string => `onnxruntime ${ort.env.versions.node ?? ort.env.versions.common}`

/** A model file of ONNX with the settings that a runtime has by itself. */
export async function onnxSession(model: Uint8Array): Promise<Session> {
  const session = await ort.InferenceSession.create(model)
  return {
    async run(pixels, shape) {
      const outputs = await session.run({ [INPUT_NAME]: new ort.Tensor('uint8', pixels, shape) })
      const values = outputs[OUTPUT_NAME]?.data
      if (!(values instanceof Float32Array)) throw new TypeError(`the model gives no float output "${OUTPUT_NAME}"`)
      return values
    },
    close: () => session.release(),
  }
}

/** Runs a model on validation images, on no more than `most` of them; closes the session. */
export async function runOnImages(
  session: Session,
  manifest: Manifest,
  data: NonNullable<Extract<Job, { kind: 'verify' }>['data']>,
  most: number,
): Promise<ImageRun> {
  const [height = 1, width = 1, channels = 1] = manifest.input
  const limit = Math.min(data.limit ?? manifest.limit ?? Infinity, most)
  const dataset = await openDataset({
    name: data.name ?? manifest.dataset,
    dir: data.dir,
    workers: 0,
    limit: { train: 1, validation: Number.isFinite(limit) ? limit : undefined },
    isExcluded: excludedByPlace(manifest.excluded),
    ...manifest.decoding,
    height,
    width,
    channels,
  })
  const loader = dataset.pass({ split: 'validation', batchSize: BATCH })
  const labels: number[] = []
  const logits: Float32Array[] = []
  try {
    for (let batch = await loader.next(); batch !== null; batch = await loader.next()) {
      const own = [...batch.labels].filter((label) => label >= 0)
      const pixels = Uint8Array.from(batch.images.subarray(0, own.length * height * width * channels))
      batch.release()
      const values = await session.run(pixels, [own.length, height, width, channels])
      labels.push(...own)
      logits.push(Float32Array.from(values))
    }
  } finally {
    await loader.close()
    await dataset.close()
    await session.close()
  }
  const joined = new Float32Array(logits.reduce((sum, { length }) => sum + length, 0))
  let offset = 0
  for (const part of logits) {
    joined.set(part, offset)
    offset += part.length
  }
  return { images: labels.length, labels: Int32Array.from(labels), logits: joined }
}
