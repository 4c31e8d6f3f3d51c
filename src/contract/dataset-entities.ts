import { z } from 'zod'
import { ResultRow } from './entities'
import { EvaluationName, ImagePrediction } from './predictions'

/** How a data set's files lie: class folders with or without folders for its splits, or a packed set by name. */
export const DATASET_LAYOUTS = ['split-folders', 'class-folders', 'cifar10', 'cifar100', 'fashion_mnist', 'mnist'] as const
export const DatasetLayout = z.enum(DATASET_LAYOUTS)
export type DatasetLayout = z.infer<typeof DatasetLayout>

/** `all` where a data set is not divided. */
export const DATASET_SPLITS = ['train', 'validation', 'all'] as const
export const DatasetSplit = z.enum(DATASET_SPLITS)
export type DatasetSplit = z.infer<typeof DatasetSplit>

/** Which folder in the data set's own holds a split. */
export const SplitFolder = z.object({ split: z.enum(['train', 'validation']), folder: z.string().min(1).max(255) })
export type SplitFolder = z.infer<typeof SplitFolder>

/** One way to read a folder. */
export const RecognisedLayout = z.object({
  layout: DatasetLayout,
  splits: z.array(SplitFolder),
  /** A few words that tell the choices apart. */
  title: z.string(),
  detail: z.string(),
})
export type RecognisedLayout = z.infer<typeof RecognisedLayout>

export const RecognisedFolder = z.object({
  /** The folder that holds the data set: the one asked about, or the only one in it that does. */
  folder: z.string(),
  /** Likeliest first. */
  choices: z.array(RecognisedLayout),
  /** Whether the first choice may be taken without asking. */
  certain: z.boolean(),
  /** Why there is no choice, and what to do. */
  problem: z.string().nullable(),
})
export type RecognisedFolder = z.infer<typeof RecognisedFolder>

export const DATASET_STATUSES = ['indexing', 'ready', 'cancelled', 'failed'] as const
export const IndexPhase = z.enum(['listing', 'reading', 'comparing'])
export type IndexPhase = z.infer<typeof IndexPhase>

/** Mean and standard deviation per channel on the 0..1 scale. */
export const ChannelStatistics = z.object({ mean: z.array(z.number()), std: z.array(z.number()) })
export type ChannelStatistics = z.infer<typeof ChannelStatistics>

export const DatasetSummary = z.object({
  id: z.string(),
  name: z.string(),
  layout: DatasetLayout,
  folder: z.string(),
  splits: z.array(SplitFolder),
  /** False while the folder is not where it was. */
  available: z.boolean(),
  status: z.enum(DATASET_STATUSES),
  statusReason: z.string().nullable(),
  /** While indexing. */
  progress: z.object({ phase: IndexPhase, done: z.int(), total: z.int(), perSecond: z.number() }).nullable(),
  createdAt: z.int(),
  indexedAt: z.int().nullable(),
  images: z.int(),
  classes: z.int(),
  splitCounts: z.object({ train: z.int(), validation: z.int(), all: z.int() }),
  bytes: z.number(),
  excluded: z.int(),
  /** Images that the doctor asks to take out of use; of copies one stays. */
  troubled: z.int(),
  /** Of the training images; null before any was read. */
  measured: ChannelStatistics.nullable(),
  /** What training normalises with. */
  normalisation: ChannelStatistics,
})
export type DatasetSummary = z.infer<typeof DatasetSummary>

/** What can be wrong with single images. */
export const IMAGE_FINDINGS = ['unreadable', 'wrong-extension', 'leak', 'duplicate', 'near-leak', 'near-duplicate', 'tiny', 'blank', 'extreme-aspect'] as const
export const ImageFinding = z.enum(IMAGE_FINDINGS)
export type ImageFinding = z.infer<typeof ImageFinding>

/** What can be wrong at all; the last ones concern the whole. */
export const DATASET_FINDINGS = [...IMAGE_FINDINGS, 'imbalance', 'missing-classes', 'statistics', 'left-out'] as const

export const DatasetFinding = z.object({
  finding: z.enum(DATASET_FINDINGS),
  severity: z.enum(['error', 'warning', 'note']),
  title: z.string(),
  /** What it means, in a sentence or two. */
  detail: z.string(),
  remedy: z.string(),
  /** Images concerned; 0 for a finding about the whole. */
  images: z.int(),
  /** Those of them that are excluded already. */
  excluded: z.int(),
  /** How many more excluding would take out of use: of copies all but one, of copies across splits those of training. */
  excludable: z.int(),
  /** Lines about files and folders, the first of them. */
  lines: z.array(z.string()),
})
export type DatasetFinding = z.infer<typeof DatasetFinding>

export const DatasetImage = z.object({
  /** Its place in the data set: the number that every other method takes. */
  image: z.int(),
  /** Relative to the data set's folder, with /; of a packed set `train/000017`. */
  path: z.string(),
  split: DatasetSplit,
  label: z.int(),
  state: z.enum(['waiting', 'read', 'unreadable']),
  bytes: z.number(),
  width: z.int(),
  height: z.int(),
  format: z.string(),
  /** Mean of its grey values, 0..1. */
  brightness: z.number(),
  problem: z.string().nullable(),
  findings: z.array(ImageFinding),
  /** Images that look the same share a number. */
  group: z.int().nullable(),
  excluded: z.boolean(),
  /** By the model that the filter names; null without one. */
  prediction: ImagePrediction.nullable(),
})
export type DatasetImage = z.infer<typeof DatasetImage>

export const ImageFilter = z.object({
  labels: z.array(z.int().min(0)).max(100_000).optional(),
  split: DatasetSplit.optional(),
  /** Part of the path, whatever the case. */
  text: z.string().max(500).optional(),
  finding: ImageFinding.optional(),
  excluded: z.boolean().optional(),
  /** Only images that this model answered; the following three concern its answers. */
  evaluation: EvaluationName.optional(),
  outcome: z.enum(['right', 'wrong']).optional(),
  predicted: z.int().optional(),
  /** Another model of the same run, whose answer differs. */
  flippedFrom: ResultRow.shape.kind.optional(),
})
export type ImageFilter = z.infer<typeof ImageFilter>

/** These ask for an evaluation; without one they are the first order. */
const PREDICTION_ORDERS = ['predicted', 'confidence', 'margin'] as const
export const IMAGE_ORDERS = ['position', 'class', 'name', 'bytes', 'pixels', 'brightness', 'group', ...PREDICTION_ORDERS] as const
export const ImageOrder = z.object({ by: z.enum(IMAGE_ORDERS), descending: z.boolean().default(false) })
export type ImageOrder = z.infer<typeof ImageOrder>

export const needsPredictions = (by: ImageOrder['by']): boolean => PREDICTION_ORDERS.some((order) => order === by)

const Png = z.custom<Uint8Array>((value) => value instanceof Uint8Array)
export const NetworkViews = z.object({
  /** Size of the decoded image. */
  width: z.int(),
  height: z.int(),
  /** The way of an evaluated image, step by step. */
  steps: z.array(z.object({ title: z.string(), png: Png })),
  /** How training draws it: what the network gets, and from where. */
  draws: z.array(z.object({ png: Png, detail: z.string(), box: z.object({ left: z.number(), top: z.number(), width: z.number(), height: z.number() }), mirrored: z.boolean() })),
  /** What normalising makes of the evaluated image, per channel. */
  normalised: z.array(z.object({ low: z.number(), high: z.number(), mean: z.number() })),
})
export type NetworkViews = z.infer<typeof NetworkViews>
