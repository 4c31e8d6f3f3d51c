import { Command, InvalidArgumentError, Option } from 'commander'
import { MODEL_NAMES, ModelName } from '../../contract/models'
import type { Arithmetic } from '../../models/emission/emitted-layer'
import { type StepBench, benchStep } from '../../training/bench/bench-step'
import { STEP_MODES, type StepMode } from '../../training/bench/step-subject'
import type { CliContext, CommonOptions } from '../context'
import { EXIT } from '../exit-codes'
import { runCommand, withCommonOptions } from '../run-command'
import { wholeNumber } from '../whole-number'

interface StepOptions extends CommonOptions {
  readonly model: string
  readonly batchSize: number
  readonly steps: number
  readonly imageSize?: number
  readonly threads?: number
  readonly widthMult: number
  readonly mode: StepMode
  readonly arithmetic: Arithmetic
  readonly plain?: boolean
}

const ARITHMETICS = ['float32', 'bfloat16'] as const satisfies readonly Arithmetic[]
const MAX_BATCH = 65_536
const MAX_STEPS = 100_000
const MAX_SIZE = 4096
const MAX_THREADS = 1024

const MIN_WIDTH = 0.1
const MAX_WIDTH = 4

function factor(text: string): number {
  const value = Number(text)
  if (!(value >= MIN_WIDTH && value <= MAX_WIDTH)) throw new InvalidArgumentError(`Give a number from ${MIN_WIDTH} to ${MAX_WIDTH}.`)
  return value
}

/** Measures training steps of a network on this machine; needs no workspace. */
export function stepCommand(context: CliContext): Command {
  const command = new Command('step')
    .description('measure training steps of a model on random images')
    .addOption(new Option('--width-mult <factor>', 'channels of every layer are multiplied by it').argParser(factor).default(1))
    .addOption(new Option('--model <name>', 'network').choices(MODEL_NAMES).makeOptionMandatory())
    .addOption(new Option('--batch-size <images>', 'images in a step').argParser(wholeNumber(1, MAX_BATCH)).makeOptionMandatory())
    .addOption(new Option('--steps <count>', 'steps to measure, after two that are not').argParser(wholeNumber(1, MAX_STEPS)).default(20))
    .addOption(new Option('--image-size <pixels>', 'height and width (default: what the model was published for)').argParser(wholeNumber(1, MAX_SIZE)))
    .addOption(new Option('--threads <count>', 'threads of TensorFlow (default: one a core)').argParser(wholeNumber(1, MAX_THREADS)))
    .addOption(new Option('--mode <mode>', 'what is trained').choices(STEP_MODES).default('fracbits'))
    .addOption(new Option('--arithmetic <type>', 'what --mode fp32 multiplies in').choices(ARITHMETICS).default('float32'))
    .option('--plain', 'quantizers as separate operations instead of compiled ones')
  return withCommonOptions(command).action((options: StepOptions) =>
    runCommand(context, options, () => {
      // TensorFlow reads it when it is loaded, which is later.
      if (options.threads !== undefined) process.env['TF_NUM_INTRAOP_THREADS'] = String(options.threads)
      const { batchSize, steps, mode, arithmetic, widthMult } = options
      const result = benchStep({ model: ModelName.parse(options.model), mode, arithmetic, widthMult, batchSize, steps, imageSize: options.imageSize ?? null, compiled: options.plain !== true })
      context.io.out.write(options.json === true ? `${JSON.stringify({ type: 'bench-step', ...result })}\n` : text(result))
      return Promise.resolve(EXIT.ok)
    }),
  )
}

const MEBIBYTE = 2 ** 20

function text(result: StepBench): string {
  const { secondsPerStep: s, javascriptMs, evaluationSeconds } = result
  const lines = [
    `${result.model}, ${result.mode}${result.arithmetic === 'float32' ? '' : ` in ${result.arithmetic}`}, batch ${String(result.batchSize)}, ${String(result.imageSize)} pixels, ${result.device}, TensorFlow ${result.tensorflow}`,
    `step        ${s.min.toFixed(3)} s fastest, ${s.median.toFixed(3)} median, ${s.max.toFixed(3)} slowest; ${result.cpuSecondsPerStep.min.toFixed(3)} s of processor time`,
    `first step  ${result.firstStepSeconds.toFixed(1)} s, after ${result.openSeconds.toFixed(1)} s of building and loading`,
    `evaluation  ${evaluationSeconds === null ? '-' : `${evaluationSeconds.min.toFixed(3)} s a batch`}`,
    `JavaScript  ${javascriptMs.median.toFixed(2)} ms a step`,
    `memory      ${(result.peakResidentBytes / MEBIBYTE).toFixed(0)} MiB at most, ${result.residentBytes.map((bytes) => (bytes / MEBIBYTE).toFixed(0)).join(' -> ')} MiB over the steps; ${String(result.nativeHandles)} native handles`,
  ]
  return `${lines.join('\n')}\n`
}
