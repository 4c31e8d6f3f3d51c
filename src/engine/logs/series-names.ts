import type { MetricKey } from '../../contract/metrics'

/** Tags of the NNCF sample (and of this program's own event files) that mean a series of ours. Others keep their name. */
const NAMES: Readonly<Record<string, MetricKey>> = {
  'train/criterion_loss': 'train/ce',
  'train/compression_loss': 'train/size_loss',
  // A rate, despite its name: INT8 size divided by the size at fractional widths.
  'train/statistics/fracbits_quantization/fractional_model_size': 'train/rate',
}

const LONGEST = 200

/** The series that a tag of an event file becomes, in the folder `below` the one that was chosen ('' for itself). */
export function seriesName(tag: string, below: string): string {
  const known = below === '' && Object.hasOwn(NAMES, tag) ? NAMES[tag] : undefined
  return known ?? `${below === '' ? '' : `${below.replaceAll('\\', '/')}/`}${tag}`.slice(0, LONGEST)
}
