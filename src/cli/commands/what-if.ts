import { Command, InvalidArgumentError, Option } from 'commander'
import { StudioError } from '../../contract/errors'
import { whatIf } from '../../contract/what-if'
import { attendRun } from '../attend-run'
import type { CliContext, CommonOptions } from '../context'
import { EXIT } from '../exit-codes'
import { findRun } from '../find-run'
import { formatCount, formatPercent, formatRate } from '../output/format'
import { runCommand, runWithSession, withCommonOptions } from '../run-command'
import { wholeNumber } from '../whole-number'

interface Change {
  readonly id: string
  readonly bits: number
}

interface WhatIfOptions extends CommonOptions {
  readonly set: readonly Change[]
  readonly evaluate?: boolean
  readonly fineTune?: number
}

function change(text: string, before: readonly Change[] = []): readonly Change[] {
  const at = text.lastIndexOf('=')
  const bits = Number(text.slice(at + 1))
  if (at < 1 || !Number.isInteger(bits)) throw new InvalidArgumentError('QUANTIZER=BITS is expected, such as "conv1|WEIGHT=6"')
  return [...before, { id: text.slice(0, at), bits }]
}

/** Changes widths of a run by hand: what they cost and are estimated to harm, how accurate the model is, and a run that is trained at them. */
export function whatIfCommand(context: CliContext): Command {
  const command = new Command('what-if')
    .description("change the width of any layer by hand: size, work and estimated loss; accuracy with --evaluate; a new run with --fine-tune")
    .argument('<run>', 'id of a run with integer widths, its first characters, or its name')
    .addOption(new Option('--set <quantizer=bits>', 'a width, such as "conv1|WEIGHT=6" ("show" lists the quantizers); may be given several times').argParser(change).default([]))
    .option('--evaluate', 'evaluate the run’s newest checkpoint at these widths on all validation images')
    .addOption(new Option('--fine-tune <epochs>', 'train a new run from its weights at these widths, and watch it').argParser(wholeNumber(1, 10_000)))
  return withCommonOptions(command).action(async (prefix: string, options: WhatIfOptions) => {
    let asked: { runId: string; widths: number[] } | null = null
    await runWithSession(context, options, async ({ client }) => {
      const { id } = await findRun(client, prefix)
      const run = await client.call('runs.get', { runId: id })
      const facts = await client.call('whatIf.facts', { runId: id })
      const widths = [...facts.widths]
      for (const { id: wanted, bits } of options.set) {
        const index = run.quantizers.findIndex((quantizer) => quantizer.id === wanted)
        if (index === -1) throw new StudioError('BAD_INPUT', `There is no quantizer "${wanted}" in this run. Name one of ${run.quantizers.map((one) => one.id).join(', ')}.`)
        widths[index] = bits
      }
      const outcome = whatIf(facts, run.quantizers.map(({ elements }) => elements), widths)
      const evaluation = options.evaluate === true ? await client.call('whatIf.evaluate', { runId: id, widths }) : null
      const lines = [
        `size            ${formatCount(outcome.sizeBits)} bits, rate ${formatRate(outcome.sizeRate)}`,
        `bit operations  ${formatCount(outcome.bitOperations)}, rate ${formatRate(outcome.bitOperationsRate)}`,
        `loss, estimated ${outcome.harm === null ? 'not measured at the freeze' : outcome.harm.toPrecision(2)}`,
        ...(evaluation === null ? [] : [`accuracy        ${formatPercent(evaluation.top1)} on ${formatCount(evaluation.images)} images`]),
      ]
      context.io.out.write(options.json === true ? `${JSON.stringify({ type: 'what-if', runId: id, widths, ...outcome, evaluation })}\n` : `${lines.join('\n')}\n`)
      asked = { runId: id, widths }
      return EXIT.ok
    })
    const { fineTune: epochs } = options
    if (asked === null || epochs === undefined) return
    const { runId, widths }: { runId: string; widths: number[] } = asked
    await runCommand(context, options, () =>
      attendRun(context, options, async ({ client }) => (await client.call('whatIf.fineTune', { runId, widths, epochs })).runId),
    )
  })
}
