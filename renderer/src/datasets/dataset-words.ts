import type { DatasetImage, DatasetSummary, ImageFinding, ImageOrder } from '../../../src/contract/dataset-entities'
import { formatCount } from '../format/numbers'

/** Short names of findings, for filters and marks. */
export const FINDING_WORDS: Readonly<Record<ImageFinding, string>> = {
  unreadable: 'Unreadable',
  'wrong-extension': 'Wrong extension',
  leak: 'Copy in the other split',
  duplicate: 'Copy in the same split',
  'near-leak': 'Near copy in the other split',
  'near-duplicate': 'Near copy in the same split',
  tiny: 'Tiny',
  blank: 'Blank',
  'extreme-aspect': 'Extreme shape',
}

export const LAYOUT_WORDS: Readonly<Record<DatasetSummary['layout'], string>> = {
  'split-folders': 'Class folders, divided',
  'class-folders': 'Class folders',
  cifar10: 'CIFAR-10',
  cifar100: 'CIFAR-100',
  fashion_mnist: 'Fashion-MNIST',
  mnist: 'MNIST',
}

export const SPLIT_WORDS: Readonly<Record<DatasetImage['split'], string>> = { train: 'Training', validation: 'Validation', all: 'Undivided' }

export const ORDER_WORDS: Readonly<Record<ImageOrder['by'], string>> = {
  position: 'Order of training files',
  class: 'Class',
  name: 'File name',
  bytes: 'File size',
  pixels: 'Image size',
  brightness: 'Brightness',
  group: 'Look-alikes together',
  predicted: 'Predicted class',
  confidence: 'Confidence',
  margin: 'Lead over the second class',
}

const PHASES = { listing: 'Listing files', reading: 'Reading images', comparing: 'Comparing images' } as const

export function statusWords({ status, available, progress, troubled }: DatasetSummary): string {
  if (progress !== null) return progress.phase === 'reading' ? `${PHASES.reading}, ${formatCount(progress.perSecond)} a second` : PHASES[progress.phase]
  if (!available) return 'Folder moved'
  if (status === 'indexing') return 'Waiting'
  if (status === 'cancelled') return 'Index incomplete'
  if (status === 'failed') return 'Index failed'
  return troubled > 0 ? `${formatCount(troubled)} need attention` : 'Ready'
}

export function statusTone({ status, available, troubled }: DatasetSummary): 'good' | 'warn' | 'bad' | 'info' {
  if (status === 'failed' || !available) return 'bad'
  if (status === 'indexing') return 'info'
  return status === 'cancelled' || troubled > 0 ? 'warn' : 'good'
}

/** Name of an image's file, without its folders. */
export const fileName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
