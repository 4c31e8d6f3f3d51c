import { Command, InvalidArgumentError } from 'commander'
import { startServer } from '../../server/start-server'
import type { CliContext, CommonOptions } from '../context'
import { EXIT } from '../exit-codes'
import { runCommand, withCommonOptions } from '../run-command'
import { wholeNumber } from '../train-flags'

const LOOPBACK = ['127.0.0.1', 'localhost', '::1'] as const

interface ServeOptions extends CommonOptions {
  readonly port: number
  readonly host: string
}

function loopback(text: string): string {
  if (!LOOPBACK.some((host) => host === text)) throw new InvalidArgumentError(`Only this machine is served: ${LOOPBACK.join(', ')}.`)
  return text
}

export function serveCommand(context: CliContext): Command {
  const command = new Command('serve')
    .description("serve the app's interface to a browser on this machine")
    .option('--port <n>', 'port; 0 takes a free one', wholeNumber(0, 65_535), 0)
    .option('--host <address>', 'loopback address', loopback, '127.0.0.1')
  return withCommonOptions(command).action((options: ServeOptions) =>
    runCommand(context, options, async () => {
      const { keeper, workspace, logger, failed } = context.keepWorkspace({ workspace: options.workspace ?? null })
      try {
        await keeper.ready()
        const server = await startServer({
          pageDir: context.pageDir,
          host: options.host,
          port: options.port,
          serve: (page) => keeper.serve(page),
          logger,
        })
        const interrupted = new Promise<void>((resolve) => context.onInterrupt(resolve))
        if (options.json === true) context.io.out.write(`${JSON.stringify({ type: 'serving', url: server.url, workspace })}\n`)
        else
          context.io.out.write(
            `FracBits Studio is served at\n\n  ${server.url}\n\nThe address holds the key: pass it to nobody. Ctrl-C ends; running jobs stop after their step.\n`,
          )
        try {
          await Promise.race([interrupted, failed])
        } finally {
          await server.close()
        }
        return EXIT.ok
      } finally {
        await keeper.close()
      }
    }),
  )
}
