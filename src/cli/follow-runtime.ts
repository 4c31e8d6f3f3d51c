import type { EngineClient } from '../contract/engine-client'
import { StudioError } from '../contract/errors'
import type { RuntimePack } from '../contract/runtimes'
import type { CliContext } from './context'
import { runtimeLine } from './output/runtime-text'

/** Begins to install a runtime and shows how it goes on until it has ended; the first Ctrl-C cancels it. Gives its last state. */
export async function followRuntime(context: CliContext, client: EngineClient, wanted: string, indexUrl: string | null, json: boolean): Promise<RuntimePack> {
  const { err, out } = context.io
  const stop = new AbortController()
  const isTerminal = err.isTTY === true
  const show = ({ name, progress }: RuntimePack): void => {
    if (progress === null) return
    if (json) out.write(`${JSON.stringify({ type: 'progress', name, ...progress })}\n`)
    else if (isTerminal) err.write(`\r\x1b[K${runtimeLine(progress)}`)
  }
  const { name } = await client.call('runtimes.install', { name: wanted, indexUrl })
  const release = context.onInterrupt(() => void client.call('runtimes.cancel', { name }).catch(() => undefined))
  try {
    for await (const { runtimes } of client.open('runtimes.events', {}, { signal: stop.signal })) {
      const pack = runtimes.find((one) => one.name === name)
      if (pack === undefined) throw new StudioError('NOT_FOUND', `The runtime ${name} was removed while it was being installed.`)
      if (pack.status !== 'installing') return pack
      show(pack)
    }
    throw new StudioError('ENGINE_GONE', 'The engine has ended the connection.')
  } finally {
    release()
    stop.abort()
    if (isTerminal && !json) err.write('\r\x1b[K')
  }
}
