import type { Verification } from '../../contract/exports'
import { formatCount } from './format'

const VERDICTS: Readonly<Record<Verification['verdict'], string>> = {
  same: '[ok]   It predicts as the integer model of the trainer.',
  close: '[ok]   It predicts as the integer model of the trainer but for a few images: sums of floats, which this format has, are not exact.',
  differs: '[FAIL] It does not predict as the integer model of the trainer.',
  unchecked: '[ok]   It is whole and unchanged; it was not compared with the trainer.',
  wrong: '[FAIL] It is wrong:',
}

const ORIGINS: Readonly<Record<Verification['against'], string>> = {
  trainer: "the trainer's integer model, evaluated from its checkpoint for this check",
  recorded: "logits of the trainer's integer model, recorded when the file was made (its checkpoint is not here)",
  nothing: 'nothing: neither the checkpoint nor recorded logits are here',
}

/** What a check found, for a person. */
export function verificationText({ verdict, problems, file, format, sha256, size, against, comparison, accuracy, runtime }: Verification): string {
  const percent = (value: number): string => `${value.toFixed(2)} %`
  const lines = [
    VERDICTS[verdict],
    ...problems.map((problem) => `       ${problem}`),
    `file          ${file}${format === null ? '' : ` (${format})`}`,
    `sha256        ${sha256}`,
  ]
  if (size !== null)
    lines.push(
      `weights       ${formatCount(size.payloadBits)} bits by their widths, ${formatCount(size.payloadBytes)} bytes in the file${format === 'tfjs' ? ' (TensorFlow.js reads 8 or 16 bits a weight)' : ''}`,
      `other         ${formatCount(size.sizeBytes - size.payloadBytes)} of ${formatCount(size.sizeBytes)} bytes`,
      `rate          ${size.rate.toFixed(4)}x`,
    )
  if (verdict !== 'wrong') lines.push(`compared with ${ORIGINS[against]}`)
  if (comparison !== null)
    lines.push(
      `predictions   ${formatCount(comparison.equal)} of ${formatCount(comparison.images)} equal, largest difference of a logit ${comparison.largestDifference.toExponential(1)}`,
      `accuracy      ${percent(comparison.top1)} by the file in ${runtime}, ${percent(comparison.referenceTop1)} by the trainer`,
    )
  if (accuracy !== null) lines.push(`accuracy      ${percent(accuracy.top1)} on ${formatCount(accuracy.images)} images in ${runtime}`)
  return `${lines.join('\n')}\n`
}
