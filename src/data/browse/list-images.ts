import { join } from 'node:path'
import type { DatasetSplit } from '../../contract/dataset-entities'
import { StudioError } from '../../contract/errors'
import type { DatasetSource, ListedImage, Listing } from '../../contract/image-service'
import { byCodePoint } from '../code-point-order'
import { foldersIn } from '../image-folder'
import { packedName } from '../kept-images'
import { limitLines } from '../limit-lines'
import { DATASET_FACTS } from '../statistics'
import { walkFolder } from '../walk-folder'
import type { PackedSets } from './packed-sets'

/** Lines about what is left out; more are only counted. */
const NOTICES = 200
const PART = 2000
/** How long a part may wait for more; a message for each of a hundred thousand folders would be work for all who hear it. */
const PART_WAITS_MS = 200

/** Lists a data set's images: those and in the order that training reads. Throws DATA_MISSING, DATA_CORRUPT or CANCELLED. */
export async function listImages(source: DatasetSource, packed: PackedSets, onImages: (images: readonly ListedImage[]) => void, isCancelled: () => boolean): Promise<Listing> {
  const notices: string[] = []
  const notice = limitLines(NOTICES, (line) => notices.push(line))
  const send = inParts(onImages, isCancelled)
  if (source.layout === 'split-folders' || source.layout === 'class-folders') {
    const classNames = await listFolders(source, notice, send)
    return { classNames, normalisation: statistics('folder'), notices }
  }
  for (const split of ['train', 'validation'] as const) {
    const store = await packed.open(source, split)
    for (let index = 0; index < store.count; index++) send.add({ path: packedName(split, index), split, label: store.labels[index] ?? 0 })
  }
  send.flush()
  return { classNames: DATASET_FACTS[source.layout].classNames ?? [], normalisation: statistics(source.layout), notices }
}

const statistics = (name: keyof typeof DATASET_FACTS): Listing['normalisation'] => ({ mean: [...DATASET_FACTS[name].mean], std: [...DATASET_FACTS[name].std] })

interface Parts {
  add(image: ListedImage): void
  /** Between two folders: throws when listing was cancelled, and sends what has waited long enough. */
  pause(): void
  flush(): void
}

function inParts(onImages: (images: readonly ListedImage[]) => void, isCancelled: () => boolean): Parts {
  let part: ListedImage[] = []
  let sentAt = performance.now()
  const check = (): void => {
    if (isCancelled()) throw new StudioError('CANCELLED', 'Indexing was cancelled.')
  }
  const flush = (): void => {
    check()
    if (part.length > 0) onImages(part)
    part = []
    sentAt = performance.now()
  }
  return {
    flush,
    pause: () => (performance.now() - sentAt > PART_WAITS_MS ? flush() : check()),
    add(image) {
      part.push(image)
      if (part.length >= PART) flush()
    },
  }
}

/** Classes are numbered over all splits together; training asks for the same ones in each. */
async function listFolders(source: DatasetSource, notice: (line: string) => void, send: Parts): Promise<string[]> {
  const splits: { readonly split: DatasetSplit; readonly folder: string }[] = source.layout === 'class-folders' ? [{ split: 'all', folder: '' }] : [...source.splits]
  const found = new Map<string, string[]>()
  for (const { folder } of splits) found.set(folder, await classFolders(join(source.folder, folder)))
  const classNames = [...new Set([...found.values()].flat())].sort(byCodePoint)
  const labels = new Map(classNames.map((name, label) => [name, label]))
  let total = 0
  for (const { split, folder } of splits) {
    const root = join(source.folder, folder)
    const names = found.get(folder) ?? []
    for (const name of names) {
      const files = await walkFolder(root, name, folder === '' ? [root] : [source.folder, root], notice)
      if (files.length === 0) notice(`The class folder ${join(root, name)} holds no JPEG or PNG files.`)
      for (const file of files) send.add({ path: folder === '' ? file : `${folder}/${file}`, split, label: labels.get(name) ?? 0 })
      total += files.length
      send.pause()
    }
  }
  send.flush()
  if (total === 0) throw new StudioError('DATA_MISSING', `No images were found in ${source.folder}: its class folders hold no JPEG or PNG files. Choose another folder.`)
  return classNames
}

async function classFolders(root: string): Promise<string[]> {
  try {
    return (await foldersIn(root)).sort(byCodePoint)
  } catch (cause) {
    throw new StudioError('DATA_MISSING', `The folder ${root} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}. Choose it again, or check that you may read it.`, { cause })
  }
}
