import { resolve } from 'node:path'
import { Command } from 'commander'
import type { CliContext, CommonOptions } from '../context'
import { EXIT } from '../exit-codes'
import { verificationText } from '../output/verification-text'
import { runWithSession, withCommonOptions } from '../run-command'

export function verifyCommand(context: CliContext): Command {
  const command = new Command('verify')
    .description('check an exported file: whole, of the size it claims, and with the predictions of the trainer')
    .argument('<file>', 'exported file')
    .option('--data <dir>', "folder with the validation images (default: that of the file's run)")
  return withCommonOptions(command).action((file: string, options: CommonOptions & { data?: string }) =>
    runWithSession(context, options, async ({ client }) => {
      const dataDir = options.data === undefined ? null : resolve(options.data)
      const verification = await client.call('exports.verify', { file: resolve(file), dataDir })
      if (options.json === true) context.io.out.write(`${JSON.stringify({ type: 'verification', ...verification })}\n`)
      else context.io.out.write(verificationText(verification))
      return verification.verdict === 'wrong' || verification.verdict === 'differs' ? EXIT.failure : EXIT.ok
    }),
  )
}
