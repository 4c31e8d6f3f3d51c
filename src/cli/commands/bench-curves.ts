import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { Command, Option } from 'commander'
import { z } from 'zod'
import { StudioError } from '../../contract/errors'
import { MODEL_NAMES } from '../../contract/models'
import type { CliContext, CommonOptions } from '../context'
import { EXIT } from '../exit-codes'
import { renderTable } from '../output/table'
import { runCommand, withCommonOptions } from '../run-command'
import { wholeNumber } from '../whole-number'

const CURVES = ['batch', 'image', 'threads', 'width'] as const
type Curve = (typeof CURVES)[number]

interface CurvesOptions extends CommonOptions {
  readonly model: string
  readonly batchSize: number
  readonly steps: number
  readonly vary: readonly Curve[]
}

/** What a curve varies, as flags of `bench step`. */
const POINTS: Readonly<Record<Curve, { readonly flag: string; readonly values: () => readonly number[] }>> = {
  batch: { flag: '--batch-size', values: () => [1, 2, 4, 8, 16, 32] },
  image: { flag: '--image-size', values: () => [96, 128, 160, 192, 224] },
  threads: { flag: '--threads', values: () => Array.from({ length: Math.ceil(Math.log2(availableParallelism())) + 1 }, (_, i) => Math.min(2 ** i, availableParallelism())) },
  width: { flag: '--width-mult', values: () => [0.35, 0.5, 0.75, 1, 1.4] },
}

const Measured = z.object({
  batchSize: z.number(),
  secondsPerStep: z.object({ min: z.number() }),
  peakResidentBytes: z.number(),
  parameters: z.number(),
})

interface Point {
  readonly curve: Curve
  readonly value: number
  readonly secondsPerStep: number
  readonly imagesPerSecond: number
  readonly peakResidentBytes: number
  readonly parameters: number
}

const TITLES: Readonly<Record<Curve, string>> = { batch: 'batch', image: 'pixels', threads: 'threads', width: 'width' }

function text(curve: Curve, points: readonly Point[]): string {
  const columns = [TITLES[curve], 's/step', 'images/s', 'peak GB', 'parameters'].map((title) => ({ title, align: 'right' as const }))
  const cells = points.map((point) => [
    String(point.value),
    point.secondsPerStep.toFixed(3),
    point.imagesPerSecond.toFixed(1),
    (point.peakResidentBytes / 1e9).toFixed(2),
    `${(point.parameters / 1e6).toFixed(2)} M`,
  ])
  return renderTable(columns, cells)
}

/** Measures how training steps grow with one setting after another, each in a process of its own. */
export function curvesCommand(context: CliContext): Command {
  const command = new Command('curves')
    .description('measure how the time of a step grows with batch, image size, threads and width of the network')
    .addOption(new Option('--model <name>', 'network').choices(MODEL_NAMES).default('mobilenet_v2'))
    .addOption(new Option('--batch-size <images>', 'images in a step, where another setting varies').argParser(wholeNumber(1, 65_536)).default(8))
    .addOption(new Option('--steps <count>', 'steps a point').argParser(wholeNumber(1, 100_000)).default(5))
    .addOption(new Option('--vary <setting...>', 'what is varied').choices(CURVES).default([...CURVES]))
  return withCommonOptions(command).action((options: CurvesOptions) =>
    runCommand(context, options, () => {
      for (const curve of options.vary) {
        const points = POINTS[curve].values().map((value) => measure(context.self, curve, value, options))
        if (options.json === true) for (const point of points) context.io.out.write(`${JSON.stringify({ type: 'bench-curve', model: options.model, ...point })}\n`)
        else context.io.out.write(`${text(curve, points)}\n`)
      }
      return Promise.resolve(EXIT.ok)
    }),
  )
}

function measure(self: CliContext['self'], curve: Curve, value: number, { model, batchSize, steps }: CurvesOptions): Point {
  const { flag } = POINTS[curve]
  const fixed = curve === 'batch' ? [] : ['--batch-size', String(batchSize)]
  const [program, ...first] = self
  const { stdout, stderr, status } = spawnSync(program, [...first, 'bench', 'step', '--json', '--model', model, '--steps', String(steps), ...fixed, flag, String(value)], { encoding: 'utf8' })
  const line = stdout.split('\n').find((text) => text.includes('"bench-step"'))
  if (status !== 0 || line === undefined) throw new StudioError('INTERNAL', `${flag} ${String(value)} could not be measured: ${stderr.trim().split('\n').at(-1) ?? 'no answer'}`)
  const measured = Measured.parse(JSON.parse(line))
  const secondsPerStep = measured.secondsPerStep.min
  return { curve, value, secondsPerStep, imagesPerSecond: measured.batchSize / secondsPerStep, peakResidentBytes: measured.peakResidentBytes, parameters: measured.parameters }
}
