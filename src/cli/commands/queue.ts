import { Command } from 'commander'
import { StudioError } from '../../contract/errors'
import type { CliContext, CommonOptions } from '../context'
import { EXIT } from '../exit-codes'
import { findRun } from '../find-run'
import { formatTime } from '../output/format'
import { renderTable } from '../output/table'
import { wholeNumber } from '../whole-number'
import { runWithSession, withCommonOptions } from '../run-command'

interface QueueOptions extends CommonOptions {
  readonly pause?: boolean
  readonly resume?: boolean
  readonly first?: string
  readonly atOnce?: number
}

export function queueCommand(context: CliContext): Command {
  const command = new Command('queue')
    .description('show which runs wait and in which order, or change that')
    .option('--pause', 'start nothing more; what runs goes on')
    .option('--resume', 'let the queue go on')
    .option('--first <run>', 'make a waiting run the next one')
    .option('--at-once <n>', 'how many runs may train at a time, as far as their memory suffices', wholeNumber(1, 16))
  return withCommonOptions(command).action((options: QueueOptions) =>
    runWithSession(context, options, async ({ client }) => {
      if (options.pause === true && options.resume === true) throw new StudioError('BAD_INPUT', 'The queue is either paused or let go on: give one of --pause and --resume.')
      if (options.pause === true || options.resume === true) await client.call('queue.pause', { paused: options.pause === true })
      if (options.first !== undefined) await client.call('queue.move', { runId: (await findRun(client, options.first)).id, place: 0 })
      if (options.atOnce !== undefined) await client.call('queue.setAtOnce', { atOnce: options.atOnce })
      const queue = await client.call('queue.get', {})
      if (options.json === true) context.io.out.write(`${JSON.stringify({ type: 'queue', ...queue })}\n`)
      else {
        const line = (place: string, { id, name, status, createdAt }: (typeof queue.waiting)[number]): string[] => [place, id, name, status, formatTime(createdAt)]
        const rows = [...queue.running.map((run) => line('now', run)), ...queue.waiting.map((run, index) => line(String(index + 1), run))]
        if (queue.paused) context.io.out.write('The queue is paused.\n')
        if (queue.atOnce > 1) context.io.out.write(`Up to ${queue.atOnce} runs train at a time.\n`)
        context.io.out.write(rows.length === 0 ? 'Nothing runs or waits.\n' : renderTable([{ title: 'place', align: 'right' }, { title: 'id' }, { title: 'name' }, { title: 'status' }, { title: 'created' }], rows))
        if (queue.waitsFor !== null) context.io.out.write(`The next one: ${queue.waitsFor}\n`)
      }
      return EXIT.ok
    }),
  )
}
