import type { LocationQuery, RouteLocationRaw } from 'vue-router'
import type { ResultRow } from '../../../src/contract/entities'
import { EvaluationName } from '../../../src/contract/predictions'
import type { PredictionFilter } from './use-image-filter'

export interface AskedImages {
  readonly predictions: PredictionFilter
  /** Null where the link names no class: what was chosen stays. */
  readonly labels: readonly number[] | null
  /** Classes that the link names and the data set doesn't have. */
  readonly missing: readonly string[]
}

/**
 * The images that a link to a data set asks for: the model by `run` and `model`, classes by their names under `actual` and `predicted`, as a run may
 * have them in another order than the data set.
 */
export function askedImages({ run, model, actual, predicted }: LocationQuery, classNames: readonly string[]): AskedImages {
  const name = EvaluationName.safeParse({ runId: run, kind: model })
  const labelOf = (asked: LocationQuery[string] | undefined): number => (typeof asked === 'string' ? classNames.indexOf(asked) : -1)
  const [has, said] = [labelOf(actual), labelOf(predicted)]
  return {
    predictions: name.success ? { evaluation: name.data, ...(said === -1 ? {} : { predicted: said }) } : {},
    labels: has === -1 ? null : [has],
    missing: [actual, predicted].filter((asked) => typeof asked === 'string').filter((asked) => !classNames.includes(asked)),
  }
}

/** Where the images are that a run's model answered; with a cell, those of one class that it took for another. */
export const imagesOf = (
  { datasetId, runId, kind }: { readonly datasetId: string; readonly runId: string; readonly kind: ResultRow['kind'] },
  cell: { readonly actual?: string; readonly predicted?: string } = {},
): RouteLocationRaw => ({ name: 'dataset', params: { datasetId }, query: { run: runId, model: kind, ...cell } })
