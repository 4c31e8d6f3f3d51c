import { type CifarEdition, type CifarName, findCifar } from './cifar-editions'
import { corrupt } from './idx-format'
import type { ImageStore } from './image-store'
import { NumpyArray, readNumpyPickle } from './numpy-pickle'

const SIDE = 32
const PLANE = SIDE * SIDE
const IMAGE = 3 * PLANE

/** Images [count, 3, 32, 32] with their labels. */
interface CifarPart {
  readonly labels: readonly number[]
  image(index: number): Uint8Array
}

/**
 * Reads a split of CIFAR-10 or CIFAR-100, in the binary or the python version, from `dir`, the folder in it that the archive unpacks to, or the
 * archive itself; keeps its first `limit` images. Throws DATA_MISSING or DATA_CORRUPT.
 */
export async function readCifarSplit(
  name: CifarName,
  dir: string,
  split: 'train' | 'validation',
  classes: number,
  limit = Infinity,
): Promise<ImageStore> {
  const files = await findCifar(name, dir)
  const parts: CifarPart[] = []
  let total = 0
  for await (const { entry, bytes } of files.read(files.edition[split])) {
    const part = parsePart(bytes, files.edition, files.nameOf(entry), classes)
    parts.push(part)
    total += part.labels.length
    if (total >= limit) break
  }
  const count = Math.min(total, limit)
  const pixels = new Uint8Array(new SharedArrayBuffer(count * IMAGE))
  const labels = new Uint8Array(new SharedArrayBuffer(count))
  let index = 0
  for (const part of parts)
    for (let place = 0; place < part.labels.length && index < count; place++, index++) {
      labels[index] = part.labels[place] ?? 0
      interleave(part.image(place), pixels.subarray(index * IMAGE, (index + 1) * IMAGE))
    }
  return { count, height: SIDE, width: SIDE, channels: 3, pixels, labels }
}

/** `file` is only named in errors. */
function parsePart(bytes: Buffer, { content }: CifarEdition, file: string, classes: number): CifarPart {
  let part: CifarPart
  try {
    part = 'labelBytes' in content ? parseBinary(bytes, content.labelBytes) : parsePickle(bytes, content.labelKey)
  } catch (cause) {
    throw corrupt(file, cause instanceof Error ? cause.message : String(cause), cause)
  }
  const wrong = part.labels.findIndex((label) => !Number.isInteger(label) || label < 0 || label >= classes)
  if (wrong >= 0) throw corrupt(file, `labels from 0 to ${classes - 1} were expected, but image ${wrong} has ${part.labels[wrong]}`)
  return part
}

/** Records of label bytes, the last of which counts (CIFAR-100 has the coarse class before), and an image. */
function parseBinary(bytes: Buffer, labelBytes: number): CifarPart {
  const record = labelBytes + IMAGE
  if (bytes.length === 0 || bytes.length % record !== 0)
    throw new Error(`whole records of ${record} bytes were expected, but the file has ${bytes.length} bytes`)
  return {
    labels: Array.from({ length: bytes.length / record }, (_, index) => bytes.readUInt8(index * record + labelBytes - 1)),
    image: (index) => bytes.subarray(index * record + labelBytes, (index + 1) * record),
  }
}

/** A dictionary with the images in `data` and their classes in `labelKey`. */
function parsePickle(bytes: Buffer, labelKey: string): CifarPart {
  const content = readNumpyPickle(bytes)
  if (!(content instanceof Map)) throw new Error('a dictionary was expected')
  // Python 3 writes the names as bytes.
  const entries = new Map([...content].map(([key, value]): [string, unknown] => [String(key), value]))
  const data = entries.get('data')
  const labels = entries.get(labelKey)
  if (!(data instanceof NumpyArray) || !Array.isArray(labels)) throw new Error(`its dictionary lacks data or ${labelKey}`)
  const [count = 0, size = 0] = data.shape
  if (data.type !== 'u1' || size !== IMAGE || count === 0 || data.data.length !== count * IMAGE)
    throw new Error(`${IMAGE} bytes an image were expected`)
  if (labels.length !== count) throw new Error(`${count} labels were expected, but it holds ${labels.length}`)
  return {
    labels: labels.map((label: unknown) => (typeof label === 'number' ? label : NaN)),
    image: (index) => data.data.subarray(index * IMAGE, (index + 1) * IMAGE),
  }
}

/** From a plane for each colour to colours side by side. */
function interleave(planes: Uint8Array, target: Uint8Array): void {
  for (let pixel = 0; pixel < PLANE; pixel++)
    for (let channel = 0; channel < 3; channel++) target[pixel * 3 + channel] = planes[channel * PLANE + pixel] ?? 0
}
