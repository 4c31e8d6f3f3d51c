import { Command, InvalidArgumentError } from 'commander'
import { homedir } from 'node:os'
import { isIP } from 'node:net'
import { confine } from '../../server/confine'
import { openRoots } from '../../server/roots'
import { startServer } from '../../server/start-server'
import { findDemoData } from '../../util/paths'
import type { CliContext, CommonOptions } from '../context'
import { EXIT } from '../exit-codes'
import { runCommand, withCommonOptions } from '../run-command'
import { wholeNumber } from '../whole-number'

interface ServeOptions extends CommonOptions {
  readonly port: number
  readonly host: string
  readonly allowNetwork?: boolean
  readonly root?: readonly string[]
}

function ipAddress(text: string): string {
  if (text !== 'localhost' && isIP(text) === 0) throw new InvalidArgumentError('Give an address of this machine, such as 127.0.0.1.')
  return text
}

/** What a page may name where nothing is said: the person's own files, the workspace, and the demo's images. */
async function usualRoots(workspace: string): Promise<string[]> {
  return [homedir(), workspace, (await findDemoData()).directory]
}

export function serveCommand(context: CliContext): Command {
  const command = new Command('serve')
    .description("serve the app's interface to a browser, by default on this machine only")
    .option('--port <n>', 'port; 0 takes a free one', wholeNumber(0, 65_535), 0)
    .option('--host <address>', 'address to listen at', ipAddress, '127.0.0.1')
    .option('--allow-network', 'serve other machines too; what goes over the network is not encrypted')
    .option('--root <dir...>', 'folders that a page may name for images, weights and files; left out, the home folder and the workspace')
  return withCommonOptions(command).action((options: ServeOptions) =>
    runCommand(context, options, async () => {
      const { keeper, workspace, logger, failed } = context.keepWorkspace({ workspace: options.workspace ?? null })
      try {
        await keeper.ready()
        const roots = await openRoots(options.root === undefined ? await usualRoots(workspace) : [...options.root, workspace])
        const server = await startServer({
          pageDir: context.pageDir,
          host: options.host,
          port: options.port,
          allowNetwork: options.allowNetwork === true,
          serve: (page) => keeper.serve(confine(page, roots)),
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
