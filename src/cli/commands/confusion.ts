import { Command, Option } from 'commander'
import { confusionDifference } from '../../contract/confusion/difference'
import { ResultRow } from '../../contract/entities'
import { StudioError } from '../../contract/errors'
import type { CliContext, CommonOptions } from '../context'
import { EXIT } from '../exit-codes'
import { findRun } from '../find-run'
import { confusionText, differenceText } from '../output/confusion-text'
import { runWithSession, withCommonOptions } from '../run-command'
import { wholeNumber } from '../whole-number'

type Kind = ResultRow['kind']
const KINDS = ResultRow.shape.kind.options

interface ConfusionOptions extends CommonOptions {
  readonly model?: Kind
  readonly against?: string
  readonly againstModel?: Kind
  readonly limit: number
}

/** Which classes a run's model takes for which, and what changed from the model of another run, or from another of the same run. */
export function confusionCommand(context: CliContext): Command {
  const command = new Command('confusion')
    .description('show which classes a model of a run takes for which, or what changed against another model')
    .argument('<run>', 'id of the run, its first characters, or its name')
    .addOption(new Option('--model <model>', 'which model of the run (default: mixed, or the last of its result)').choices(KINDS))
    .option('--against <run>', 'show what changed from this run (the same one will do, with --against-model)')
    .addOption(new Option('--against-model <model>', 'which model of that run (default: the same model)').choices(KINDS))
    .addOption(new Option('--limit <n>', 'list at most so many mistakes, classes or changes').argParser(wholeNumber(1, 1_000_000)).default(20))
  return withCommonOptions(command).action((given: string, options: ConfusionOptions) =>
    runWithSession(context, options, async ({ client }) => {
      if (options.against === undefined && options.againstModel !== undefined) throw new StudioError('BAD_INPUT', '--against-model needs a run. Name one with --against.')
      const { id: runId, name } = await findRun(client, given)
      const confusion = await client.call('runs.confusion', { runId, kind: options.model ?? null })
      const write = (line: object, text: () => string): void => void context.io.out.write(options.json === true ? `${JSON.stringify(line)}\n` : text())
      if (options.against === undefined) {
        write({ type: 'confusion', runId, ...confusion }, () => confusionText(confusion, options.limit))
        return EXIT.ok
      }
      const other = await findRun(client, options.against)
      const before = await client.call('runs.confusion', { runId: other.id, kind: options.againstModel ?? confusion.kind })
      const changes = confusionDifference(before, confusion)
      if (changes === null) throw new StudioError('BAD_INPUT', `"${other.name}" and "${name}" tell different classes apart. Compare runs on the same classes.`)
      write({ type: 'confusion-difference', before: { runId: other.id, kind: before.kind }, after: { runId, kind: confusion.kind }, classNames: before.classNames, changes }, () =>
        differenceText(before, confusion, changes, options.limit),
      )
      return EXIT.ok
    }),
  )
}
