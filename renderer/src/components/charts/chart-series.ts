import type { Points } from '../../live/decimate'

export interface ChartSeries {
  /** Name of the recorded series, such as `train/loss`. */
  readonly key: string
  readonly label: string
  /** Colour token, such as `--series-1`. */
  readonly color: string
  readonly points: Points
  /** Newest value, which thinning never drops. */
  readonly last: number | null
  readonly dash?: readonly number[]
  /** Few, far-apart points (one for each validation) are drawn with dots. */
  readonly dots?: boolean
  /** Noisy from step to step: drawn as a moving average over a pale raw curve. */
  readonly noisy?: boolean
  /** Not a curve of its own: the upper or lower edge of a band around the series with this key. */
  readonly edgeOf?: string
  /** Drawn below the others. */
  readonly under?: boolean
}

/** A moment worth seeing in every curve. */
export interface ChartMark {
  readonly step: number
  readonly label: string
}

export interface ChartTarget {
  readonly value: number
  readonly label: string
}
