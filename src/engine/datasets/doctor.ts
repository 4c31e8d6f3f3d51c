import type { DatasetFinding, ImageFinding } from '../../contract/dataset-entities'
import { IMAGE_FINDINGS } from '../../contract/dataset-entities'
import type { DatasetRecord } from '../../store/repositories/datasets'
import type { Store } from '../../store/store'
import { EXTREME_ASPECT, TINY_SIDE } from './image-findings'

/** Lines that are shown for each finding. */
const LINES = 20
/** A class that is so many times rarer than the most frequent one is learned badly. */
const IMBALANCE = 10
/** Differences on the 0..1 scale that shift what the network sees. */
const MEAN_APART = 0.06
const STD_APART = 0.06

type Words = Pick<DatasetFinding, 'severity' | 'title' | 'detail' | 'remedy'>

const WORDS: Readonly<Record<ImageFinding, Words>> = {
  unreadable: {
    severity: 'error',
    title: 'Unreadable images',
    detail: 'They are empty, cut off, damaged, too large, or could not be opened. Training leaves them out and puts other images in their place.',
    remedy: 'Fetch or export these files again, or exclude them.',
  },
  'wrong-extension': {
    severity: 'note',
    title: 'Names that promise another format',
    detail: 'A JPEG named .png or a PNG named .jpg. Training reads files by what they hold, so this does no harm here; other programs may refuse them.',
    remedy: 'Rename the files if other programs use them.',
  },
  leak: {
    severity: 'error',
    title: 'The same image in training and validation',
    detail: 'The files are equal to the last byte. Validation accuracy counts images that were learned by heart, and is too good.',
    remedy: 'Exclude the training copies; the validation images stay.',
  },
  duplicate: {
    severity: 'warning',
    title: 'Exact copies within a split',
    detail: 'The files are equal to the last byte. Copies count more than other images; with different classes they contradict each other.',
    remedy: 'Look at each group, and exclude all but one. Where classes differ, choose by hand which one is right.',
  },
  'near-leak': {
    severity: 'warning',
    title: 'Nearly the same image in training and validation',
    detail: 'They look the same at thumbnail size: another size, quality or format of one picture, or neighbouring frames of a film.',
    remedy: 'Look at the pairs; exclude the training images of those that show the same.',
  },
  'near-duplicate': {
    severity: 'note',
    title: 'Nearly the same image within a split',
    detail: 'They look the same at thumbnail size: another size, quality or format of one picture, or neighbouring frames of a film.',
    remedy: 'Usually harmless; exclude what is too much.',
  },
  tiny: { severity: 'warning', title: 'Tiny images', detail: `The shorter side has fewer than ${TINY_SIDE} pixels: enlarged to the input size, little is left to recognise.`, remedy: 'Look whether they show anything, and exclude those that do not.' },
  blank: { severity: 'warning', title: 'Blank images', detail: 'All pixels have nearly the same value.', remedy: 'Exclude them, unless an empty picture is what the class means.' },
  'extreme-aspect': { severity: 'note', title: 'Extreme shapes', detail: `One side is more than ${EXTREME_ASPECT} times as long as the other: the centre crop of validation sees only a small part.`, remedy: 'Look whether the crop still shows the object, in the view of what the network sees.' },
}

/** What is wrong with a data set, the worst first. Complete once it is indexed. */
export async function examine(store: Store, id: string): Promise<DatasetFinding[]> {
  const dataset = await store.datasets.get(id)
  const counts = new Map((await store.images.findingCounts(dataset.number)).map((entry) => [entry.finding, entry]))
  const found: DatasetFinding[] = []
  for (const finding of IMAGE_FINDINGS) {
    const count = counts.get(finding)
    if (count === undefined) continue
    const lines = (await store.images.findingLines(dataset.number, finding, LINES)).map(({ path, problem }) => (problem === null ? path : `${path}: ${problem}`))
    found.push({ finding, ...WORDS[finding], images: count.images, excluded: count.excluded, excludable: await store.images.redundant(dataset.number, finding), lines })
  }
  found.push(...(await classFindings(store, dataset)), ...statisticsFinding(dataset), ...(await leftOut(store, id)))
  const rank = { error: 0, warning: 1, note: 2 } as const
  return found.sort((a, b) => rank[a.severity] - rank[b.severity])
}

const whole = (finding: DatasetFinding['finding'], words: Words, lines: readonly string[] = []): DatasetFinding => ({ finding, ...words, images: 0, excluded: 0, excludable: 0, lines: [...lines] })

async function classFindings(store: Store, dataset: DatasetRecord): Promise<DatasetFinding[]> {
  const names = await store.datasets.classNames(dataset.id)
  const found: DatasetFinding[] = []
  const missing: string[] = []
  for (const split of ['train', 'validation', 'all'] as const) {
    const counts = await store.images.countByClass(dataset.number, { split, excluded: false })
    if (counts.size === 0) continue
    const rows = names.map((name, label) => ({ name, count: counts.get(label) ?? 0 })).sort((a, b) => a.count - b.count)
    // One by one: there may be more classes than a call takes arguments.
    for (const { name, count } of rows) if (count === 0) missing.push(`${name}: no images in ${split}`)
    const present = rows.filter(({ count }) => count > 0)
    const [rarest, commonest] = [present[0], present.at(-1)]
    if (split === 'validation' || rarest === undefined || commonest === undefined || commonest.count < IMBALANCE * rarest.count) continue
    found.push(
      whole(
        'imbalance',
        {
          severity: 'warning',
          title: 'Classes of very different size',
          detail: `"${commonest.name}" has ${commonest.count} images, "${rarest.name}" only ${rarest.count}: ${Math.round(commonest.count / rarest.count)} times fewer. Accuracy over all images says little about rare classes.`,
          remedy: 'Add images of rare classes, or judge the result class by class.',
        },
        present.slice(0, LINES).map(({ name, count }) => `${name}: ${count}`),
      ),
    )
  }
  if (missing.length > 0) {
    const remedy = 'Add images, or remove the empty class folder from every split: training wants the same classes in each.'
    found.push(whole('missing-classes', { severity: 'error', title: 'Classes without images', detail: `${missing.length} times a class has no images in a split.`, remedy }, missing.slice(0, LINES)))
  }
  return found
}

function statisticsFinding({ sums, normalisation, layout }: DatasetRecord): DatasetFinding[] {
  if (sums.count === 0) return []
  const channels = normalisation.mean.length
  const mean = sums.mean.map((value) => value / sums.count)
  const std = sums.square.map((value, channel) => Math.sqrt(Math.max(0, value / sums.count - (mean[channel] ?? 0) ** 2)))
  const apart = (measured: readonly number[], configured: readonly number[]): number =>
    Math.max(...Array.from({ length: channels }, (_, channel) => Math.abs((measured[channel] ?? 0) - (configured[channel] ?? 0))))
  if (apart(mean, normalisation.mean) <= MEAN_APART && apart(std, normalisation.std) <= STD_APART) return []
  const digits = (values: readonly number[]): string => values.slice(0, channels).map((value) => value.toFixed(3)).join(', ')
  const used = layout === 'split-folders' || layout === 'class-folders' ? 'the statistics of ImageNet' : 'the published statistics'
  return [
    whole(
      'statistics',
      {
        severity: 'note',
        title: 'Brightness differs from what training normalises with',
        detail: `Training subtracts and divides by ${used}. After that, these images are not centred on zero with a spread of one.`,
        remedy: 'Fine for fine-tuning from published weights, which expect those statistics; otherwise expect a slower start.',
      },
      [`measured mean ${digits(mean)}; normalised with ${digits(normalisation.mean)}`, `measured deviation ${digits(std)}; normalised with ${digits(normalisation.std)}`],
    ),
  ]
}

async function leftOut(store: Store, id: string): Promise<DatasetFinding[]> {
  const notices = await store.datasets.notices(id)
  if (notices.length === 0) return []
  const remedy = 'Read the lines; convert or move what should take part, and index again.'
  return [whole('left-out', { severity: 'note', title: 'Files and folders that were left out', detail: `${notices.length} lines were written while the folders were read.`, remedy }, notices)]
}
