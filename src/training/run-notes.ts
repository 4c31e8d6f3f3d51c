import { readFileSync } from 'node:fs'
import { idleKeys, singleMachineKeys } from '../contract/training-config/sample-keys'
import type { TrainingConfig } from '../contract/training-config'
import type { QuantizerSpec } from '../quantization/quantizer-spec'
import type { FileNote } from './given-files'
import { sizeStatistics } from './statistics/size-statistics'

const given = (config: TrainingConfig, keys: object): string[] =>
  Object.keys(keys).filter((key) => Object.entries(config).some(([name, value]) => name === key && value !== undefined && value !== false))

/** What the person should know about the configuration before the run begins. */
export function configNotes(config: TrainingConfig): FileNote[] {
  const notes: FileNote[] = [
    {
      level: 'info',
      message:
        config.compatibility === 'nncf'
          ? 'Compatibility "nncf": the run follows the original also where it errs ("compatibility": "studio" does not)'
          : 'Compatibility "studio": where the original errs, the run does the right thing ("compatibility": "nncf" follows it)',
    },
  ]
  const set = given(config, singleMachineKeys)
  if (set.length > 0) notes.push({ level: 'info', message: `One machine, one process: ${set.join(', ')} set aside` })
  const idle = given(config, idleKeys)
  if (idle.length > 0) notes.push({ level: 'info', message: `Nothing depends on ${idle.join(', ')}` })
  const starts = config.weights ?? config.resuming_checkpoint_path
  if (config.pretrained === true && starts === undefined && config.pretraining === undefined)
    notes.push({ level: 'warning', message: 'The configuration starts from published weights, but no file is given (--weights FILE): the run starts from random ones' })
  if (config.compression?.algorithm === 'fracbits_quantization' && config.compression.freeze_epoch < 0)
    notes.push({ level: 'warning', message: 'freeze_epoch is negative: bit-widths never freeze during training' })
  if (config.float_arithmetic === 'bfloat16' && !hasBfloat16())
    notes.push({ level: 'warning', message: 'float_arithmetic is bfloat16, but this processor has no instructions for it: FP32 training will be several times slower than in float32' })
  return notes
}

/** Whether the processor multiplies in bfloat16 itself. Where the system does not say, it is taken to. */
export function hasBfloat16(processors = '/proc/cpuinfo'): boolean {
  try {
    return /\b(?:avx512_bf16|amx_bf16|bf16)\b/.test(readFileSync(processors, 'utf8'))
  } catch {
    return true
  }
}

/** Names what is quantized, one line a quantizer. */
export function quantizerNote(specs: readonly QuantizerSpec[]): FileNote[] {
  if (specs.length === 0) return []
  const weights = specs.filter(({ kind }) => kind === 'weight').length
  const lines = specs.map(
    ({ id, mode, perChannel, initialBits, kernels }) =>
      `  ${id}: ${mode}, ${perChannel ? 'a range per channel' : 'one range'}, ${initialBits} bits${kernels === undefined ? '' : `, a width for each of ${kernels} kernels`}`,
  )
  return [{ level: 'info', message: [`${weights} weight and ${specs.length - weights} activation quantizers:`, ...lines].join('\n') }]
}

/** The compression rate that the current widths give: as they train, and rounded. */
export function rateNote(specs: readonly QuantizerSpec[], widths: ArrayLike<number>): string {
  const { fractional_model_size: fractional, compression_rate: rounded } = sizeStatistics(specs, widths)
  return `Compression rate ${fractional.toFixed(3)}, with rounded widths ${rounded.toFixed(3)}`
}
