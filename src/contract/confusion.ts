import { z } from 'zod'
import { ResultRow } from './entities'

/** Cells that one answer lists. A thousand classes have a million cells, but mistakes on no more of them than there are images. */
export const MOST_CELLS = 100_000

const Label = z.int().min(0)

/** Images of the class `actual` that a model took for `predicted`; both are places in the class names. */
export const ConfusionCount = z.tuple([Label, Label, z.int().min(1)])
export type ConfusionCount = z.infer<typeof ConfusionCount>

/** What a model of a run said of its validation images, counted by the class they have and the class it gave. */
export const RunConfusion = z.object({
  kind: ResultRow.shape.kind,
  /** Models of the run whose answers are kept, in the order of its result table. */
  kinds: z.array(ResultRow.shape.kind),
  classNames: z.array(z.string()),
  images: z.int(),
  /** Images by the class they have. */
  actual: z.array(z.int()),
  /** Images by the class they were given. */
  predicted: z.array(z.int()),
  /** Cells that are not empty, by actual, then by predicted class. */
  counts: z.array(ConfusionCount).max(MOST_CELLS),
  /** Cells with the fewest images that were left out because there are more than {@link MOST_CELLS}; never right answers. */
  omitted: z.int(),
})
export type RunConfusion = z.infer<typeof RunConfusion>
