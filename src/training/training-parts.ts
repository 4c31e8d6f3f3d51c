import type { BatchPart } from '../models/emission/emitted-layer'
import type { Graph } from '../tensor/graph'
import * as op from '../tensor/ops'
import type { Tensor } from '../tensor/types'

/** One of the equal parts that a training batch is divided into, first images first, with the device that computes its pass. */
export interface TrainingPart extends BatchPart {
  /** Null where TensorFlow chooses. */
  readonly device: string | null
  readonly size: number
  /** uint8, [size, height, width, channels]. */
  readonly images: Tensor
  /** int32, [size]. */
  readonly labels: Tensor
}

/** What is fed lies on the host: it is divided there, so that a device gets its own part only. */
const HOST = '/device:CPU:0'

/** Divides a training batch among devices; throws a RangeError where it can't be shared equally. */
export function trainingParts(graph: Graph, devices: readonly (string | null)[], images: Tensor, labels: Tensor, shape: readonly [batch: number, ...image: number[]]): TrainingPart[] {
  const count = devices.length
  const [batchSize, ...image] = shape
  const size = batchSize / count
  if (!Number.isInteger(size)) throw new RangeError(`${String(batchSize)} images can't be divided into ${String(count)} equal parts`)
  return devices.map((device, index): TrainingPart => {
    if (count === 1) return { device, index, count, size, images, labels }
    const own = graph.on(HOST, () => ({
      images: op.slice(graph, images, [index * size, ...image.map(() => 0)], [size, ...image]),
      labels: op.slice(graph, labels, [index * size], [size]),
    }))
    return { device, index, count, size, ...own }
  })
}

/** Mean of what the parts of a batch gave. They are of one size, so the mean of their means is that of the batch. */
export function meanOfParts(graph: Graph, values: readonly Tensor[]): Tensor {
  const sum = sumOfParts(graph, values)
  return values.length === 1 ? sum : op.multiply(graph, sum, graph.scalar(1 / values.length))
}

export const sumOfParts = (graph: Graph, values: readonly Tensor[]): Tensor => values.reduce((total, value) => op.add(graph, total, value))
