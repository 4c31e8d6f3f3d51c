import type { NetworkViews } from '../../contract/dataset-entities'
import type { DatasetSource } from '../../contract/image-service'
import { streamFor, randomStream } from '../../util/random'
import { centreCrop, DRAWS_PER_IMAGE, isFlipped, randomResizedCrop } from '../crops'
import { createFilePlacer } from '../file-images'
import { packFileList } from '../file-list'
import type { ImagePlacer } from '../image-placer'
import type { ImageStore } from '../image-store'
import { CROP_PADDING, createMemoryPlacer, drawMove } from '../memory-images'
import type { Box, Pixels } from '../pixels'
import { encodePng } from '../png/encode'
import { createResampler } from '../resample'
import { DATASET_FACTS } from '../statistics'
import type { FactReader } from './image-facts'
import { packedPixels, type PackedSets } from './packed-sets'

/** Longest side of the picture that shows an intermediate step. */
const SHOWN_SIDE = 640

export interface ViewOptions {
  readonly size: number
  readonly draws: number
  readonly seed: number
}

interface Draw {
  readonly detail: string
  readonly box: Box
  readonly mirrored: boolean
}

/** Shows what the loader makes of an image, with the loader's own code: the evaluated image step by step, and draws of the augmentation. */
export async function networkViews(source: DatasetSource, path: string, options: ViewOptions, facts: FactReader, packed: PackedSets): Promise<NetworkViews> {
  const place = await packed.find(source, path)
  return place === null ? fileViews(source, path, options, facts) : packedViews(source, place.store, place.index, options)
}

async function fileViews(source: DatasetSource, path: string, { size, draws, seed }: ViewOptions, facts: FactReader): Promise<NetworkViews> {
  const shape = { channels: 3, height: size, width: size }
  const placer = createFilePlacer(packFileList(source.folder, [{ name: path, label: 0 }]), shape, {
    decoding: { applyExifOrientation: false, scaleGrey16: false },
    reduced: null,
  })
  const decoded = await facts.pixels(source, path)
  const { width, height } = decoded
  const { resized } = centreCrop(decoded, size)
  const evaluated = placed(placer, 0, size, 3)
  const steps = [
    { title: `Decoded: ${width} × ${height}`, png: encodePng(shown(decoded, width, height)) },
    { title: `Short side to ${Math.min(resized.width, resized.height)}: ${resized.width} × ${resized.height}`, png: encodePng(shown(decoded, resized.width, resized.height)) },
    { title: `Centre: ${size} × ${size}`, png: encodePng(evaluated) },
  ]
  const random = randomStream(seed, streamFor('augmentation', 0))
  return {
    width,
    height,
    steps,
    normalised: normalised(evaluated, 3, DATASET_FACTS.folder),
    draws: Array.from({ length: draws }, (_, position) => {
      const box = randomResizedCrop({ width, height }, random, position * DRAWS_PER_IMAGE)
      const mirrored = isFlipped(random, position * DRAWS_PER_IMAGE)
      const share = Math.round((100 * box.width * box.height) / (width * height))
      const image = placed(placer, 0, size, 3, { random, position })
      return drawn(image, { box, mirrored, detail: `${box.width} × ${box.height} at ${box.left}, ${box.top} (${share} %)${mirrored ? ', mirrored' : ''}` })
    }),
  }
}

function packedViews(source: DatasetSource, store: ImageStore, index: number, { size, draws, seed }: ViewOptions): NetworkViews {
  const { width, height } = store
  const resizeFirst = size !== width && store.channels === 3
  const side = resizeFirst ? size : size >= 32 && width === 28 ? 32 : width
  const channels = store.channels
  const placer = createMemoryPlacer(store, { channels, height: side, width: side }, resizeFirst)
  const evaluated = placed(placer, index, side, channels)
  const steps = [{ title: `Stored: ${width} × ${height}`, png: encodePng(packedPixels(store, index)) }]
  if (side !== width) steps.push({ title: resizeFirst ? `Resized: ${side} × ${side}` : `Centred on black: ${side} × ${side}`, png: encodePng(evaluated) })
  const random = randomStream(seed, streamFor('augmentation', 0))
  const { layout } = source
  return {
    width,
    height,
    steps,
    normalised: normalised(evaluated, channels, DATASET_FACTS[layout === 'split-folders' || layout === 'class-folders' ? 'folder' : layout]),
    draws: Array.from({ length: draws }, (_, position) => {
      const { flip, down, right } = drawMove({ random, position })
      const image = placed(placer, index, side, channels, { random, position })
      const detail = `moved ${right} right, ${down} down of ±${CROP_PADDING}${flip ? ', mirrored' : ''}`
      return drawn(image, { box: { left: right, top: down, width: side, height: side }, mirrored: flip, detail })
    }),
  }
}

function placed(placer: ImagePlacer, index: number, side: number, channels: number, draw: Parameters<ImagePlacer['place']>[2] = null): Pixels {
  const target = new Uint8Array(side * side * channels)
  placer.place(index, target, draw)
  return { width: side, height: side, data: channels === 3 ? target : Uint8Array.from({ length: side * side * 3 }, (_, at) => target[Math.floor(at / 3)] ?? 0) }
}

const drawn = (image: Pixels, draw: Draw): NetworkViews['draws'][number] => ({ png: encodePng(image), detail: draw.detail, box: { ...draw.box }, mirrored: draw.mirrored })

/** A copy at the given size, but never larger than what is shown. */
function shown(image: Pixels, width: number, height: number): Pixels {
  const scale = Math.min(1, SHOWN_SIDE / Math.max(width, height))
  const size = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
  const data = new Uint8Array(size.width * size.height * 3)
  const whole = { left: 0, top: 0, width: image.width, height: image.height }
  createResampler().resize(image, { crop: whole, ...size, part: { left: 0, top: 0, ...size } }, data)
  return { ...size, data }
}

function normalised(image: Pixels, channels: number, { mean, std }: { readonly mean: readonly number[]; readonly std: readonly number[] }): NetworkViews['normalised'] {
  return Array.from({ length: channels }, (_, channel) => {
    let [low, high, sum] = [Infinity, -Infinity, 0]
    const count = image.width * image.height
    for (let pixel = 0; pixel < count; pixel++) {
      const value = ((image.data[pixel * 3 + channel] ?? 0) / 255 - (mean[channel] ?? 0)) / (std[channel] ?? 1)
      low = Math.min(low, value)
      high = Math.max(high, value)
      sum += value
    }
    return { low, high, mean: sum / count }
  })
}

