import { z } from 'zod'
import { ResultRow, RunId } from './entities'

/** Which model of a run answered: a line of its result table. */
export const EvaluationName = z.object({ runId: RunId, kind: ResultRow.shape.kind })
export type EvaluationName = z.infer<typeof EvaluationName>

/** What a model said of one image. */
export const ImagePrediction = z.object({
  /** Class in the data set; -1 where the data set has no class of this name. */
  predicted: z.int(),
  /** Softmax of the answer, 0..1. */
  confidence: z.number(),
  /** How far the answer is ahead of the second likeliest class, 0..1. */
  margin: z.number(),
})
export type ImagePrediction = z.infer<typeof ImagePrediction>

/** A line of a run's result table whose answers are kept image by image. */
export const DatasetEvaluation = z.object({
  runId: RunId,
  runName: z.string(),
  kind: ResultRow.shape.kind,
  top1: z.number(),
  images: z.int(),
})
export type DatasetEvaluation = z.infer<typeof DatasetEvaluation>

/** Where the answers of a run's models can be seen image by image. */
export const RunEvaluations = z.object({
  /** The data set, newest first where several lie in the run's folder; null where the workspace has none there. */
  datasetId: z.string().nullable(),
  /** Lines of the result table whose answers are kept. */
  kinds: z.array(ResultRow.shape.kind),
})
export type RunEvaluations = z.infer<typeof RunEvaluations>

const Label = z.int().min(0)

/**
 * What a run leaves in its folder for each line of its result table: `predicted`, `labels`, `confidence` and `margin` of the image at the same place
 * in `names`. Classes are places in `classNames`.
 */
export const PredictionsFile = z
  .object({
    classNames: z.array(z.string()),
    /** Names in the data set: of a folder paths (`val/ant/0.jpg`), of a packed set `validation/000017`. */
    names: z.array(z.string()),
    predicted: z.array(Label),
    /** Classes that the images have; older files hold none. */
    labels: z.array(Label).optional(),
    confidence: z.array(z.number()),
    margin: z.array(z.number()),
  })
  .refine(({ names, predicted, labels, confidence, margin }) => [predicted, labels ?? names, confidence, margin].every(({ length }) => length === names.length), 'every image needs one value of each kind')
  .refine(({ classNames, predicted, labels }) => [predicted, labels ?? []].every((all) => all.every((label) => label < classNames.length)), 'every class needs a name')
export type PredictionsFile = z.infer<typeof PredictionsFile>

/** The model that is shown where nobody chose one: the mixed-precision one, else the last that was evaluated. */
export const usualModel = (kinds: readonly ResultRow['kind'][]): ResultRow['kind'] | undefined => (kinds.includes('mixed') ? 'mixed' : kinds.at(-1))

export const predictionsFileName = (kind: ResultRow['kind']): string => `predictions-${kind}.json`
