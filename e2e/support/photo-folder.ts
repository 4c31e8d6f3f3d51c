import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Pixels } from '../../src/data/pixels'
import { jpegBytes } from '../../src/data/testing/write-image-folder'
import { readDemoFile } from './small-demo-data'

const SIDE = 28
const ENLARGED = 2
const HEADER_BYTES = { images: 16, labels: 8 } as const

/** Writes real pictures of the demo data set as JPEG files into `folder`/<class>, `count` a class; `classes` names folders by label. */
export async function writePhotoFolder(folder: string, classes: ReadonlyMap<number, string>, count: number): Promise<void> {
  const images = (await readDemoFile('train-images-idx3-ubyte')).subarray(HEADER_BYTES.images)
  const labels = (await readDemoFile('train-labels-idx1-ubyte')).subarray(HEADER_BYTES.labels)
  for (const [label, name] of classes) {
    const to = join(folder, name)
    await mkdir(to, { recursive: true })
    const mine = [...labels.keys()].filter((index) => labels[index] === label).slice(0, count)
    for (const [number, index] of mine.entries()) {
      const image = images.subarray(index * SIDE * SIDE, (index + 1) * SIDE * SIDE)
      await writeFile(join(to, `photo-${String(number).padStart(3, '0')}.jpg`), jpegBytes(enlarged(image)))
    }
  }
}

/** A grey image as a larger one in colour, as photos are. */
function enlarged(image: Uint8Array): Pixels {
  const side = SIDE * ENLARGED
  const data = Uint8Array.from({ length: side * side * 3 }, (_, at) => {
    const [x, y] = [Math.floor(at / 3) % side, Math.floor(at / 3 / side)]
    return image[Math.floor(y / ENLARGED) * SIDE + Math.floor(x / ENLARGED)] ?? 0
  })
  return { width: side, height: side, data }
}
