import { z } from 'zod'
import { command, query, stream } from './define-api'
import { RunId } from './entities'
import { DatasetEvaluation, RunEvaluations } from './predictions'
import { DatasetFinding, DatasetImage, DatasetSummary, ImageFilter, ImageFinding, ImageOrder, RecognisedFolder, SplitFolder, DatasetLayout, NetworkViews } from './dataset-entities'

const DatasetId = z.string().regex(/^[0-9a-z]{8,32}$/)
const Path = z.string().min(1).max(4096)
const Nothing = z.object({})
const One = z.object({ datasetId: DatasetId })

/** Bytes of an image file; travel as they are where the line allows it. */
export const Bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array)

/** Data sets that a person has added: what is asked and changed. Files are only ever read. */
export const datasetMethods = {
  /** Says which layouts a folder may have, the likeliest first. Never fails on a strange folder: `problem` is the answer. */
  'data.recognise': query({ input: z.object({ folder: Path }), output: RecognisedFolder }),
  'data.list': query({ input: Nothing, output: z.object({ datasets: z.array(DatasetSummary) }) }),
  'data.get': query({ input: One, output: DatasetSummary }),
  /** Remembers a data set and begins to index it. Fails with CONFLICT when the folder is there already. */
  'data.add': command({
    input: z.object({ folder: Path, layout: DatasetLayout, splits: z.array(SplitFolder).max(8).default([]), name: z.string().min(1).max(120).nullable().default(null) }),
    output: One,
  }),
  /** Goes on with an index that was cancelled, or makes it anew. Exclusions stay. */
  'data.index': command({ input: z.object({ datasetId: DatasetId, anew: z.boolean().default(false) }), output: Nothing }),
  'data.cancel': command({ input: One, output: Nothing }),
  /** Tells where a moved folder is now. Fails with CONFLICT when other files are there. */
  'data.relink': command({ input: z.object({ datasetId: DatasetId, folder: Path }), output: Nothing }),
  /** Forgets the data set and its thumbnails; its files stay. */
  'data.remove': command({ input: One, output: Nothing }),
  /** A window into the images that pass the filter, in the wanted order. */
  'data.images': query({
    input: z.object({ datasetId: DatasetId, filter: ImageFilter.default({}), order: ImageOrder.default({ by: 'position', descending: false }), offset: z.int().min(0).default(0), limit: z.int().min(1).max(1000).default(200) }),
    output: z.object({ images: z.array(DatasetImage) }),
  }),
  /** How many images pass the filter, and for each class (in order) those that pass it when classes are not filtered. */
  'data.counts': query({
    input: z.object({ datasetId: DatasetId, filter: ImageFilter.default({}) }),
    output: z.object({ total: z.int(), classes: z.array(z.int()) }),
  }),
  /** Models whose answers to single images of this data set are kept, newest run first. */
  'data.evaluations': query({ input: One, output: z.object({ evaluations: z.array(DatasetEvaluation) }) }),
  /** The same from a run's side. */
  'data.evaluationsOf': query({ input: z.object({ runId: RunId }), output: RunEvaluations }),
  'data.classes': query({ input: One, output: z.object({ names: z.array(z.string()) }) }),
  /** JPEG thumbnails, in the order asked for; null for those that do not exist (yet). Images asked for here are indexed first. */
  'data.thumbnails': query({
    input: z.object({ datasetId: DatasetId, images: z.array(z.int().min(0)).min(1).max(200) }),
    output: z.object({ thumbnails: z.array(Bytes.nullable()) }),
  }),
  /** One image whole: its own bytes, or a reduced copy where it is too large for a window. Fails with DATA_CORRUPT. */
  'data.image': query({
    input: z.object({ datasetId: DatasetId, image: z.int().min(0) }),
    output: z.object({ type: z.enum(['image/jpeg', 'image/png']), bytes: Bytes, reduced: z.boolean(), path: z.string() }),
  }),
  /** What training and evaluation make of an image for a network of this input size. Fails with DATA_CORRUPT. */
  'data.views': query({
    input: z.object({ datasetId: DatasetId, image: z.int().min(0), size: z.int().min(8).max(512), draws: z.int().min(1).max(24).default(8), seed: z.int().min(0).default(0) }),
    output: NetworkViews,
  }),
  'data.doctor': query({ input: One, output: z.object({ findings: z.array(DatasetFinding) }) }),
  /** Takes images out of use, or back into it: by number, or by a finding of images (of copies one stays in use). Files stay where they are. */
  'data.exclude': command({
    input: z.object({ datasetId: DatasetId, images: z.array(z.int().min(0)).max(100_000).default([]), finding: ImageFinding.nullable().default(null), excluded: z.boolean() }),
    output: z.object({ changed: z.int() }),
  }),
  /** Data sets as they change: progress of indexing, exclusions. `removed` names one that is gone. */
  'data.events': stream({
    input: Nothing,
    event: z.discriminatedUnion('type', [
      z.object({ type: z.literal('changed'), dataset: DatasetSummary }),
      z.object({ type: z.literal('removed'), datasetId: DatasetId }),
    ]),
  }),
} as const
