import type { Channel } from '../rpc/channel'
import { createIdempotencyCache } from '../rpc/idempotency'
import { createServerPeer, type Handlers } from '../rpc/server-peer'
import { createIdSource } from '../util/ids'
import { createEventHub } from './event-hub'
import { appProcedures } from './procedures/app'
import { configProcedures } from './procedures/configs'
import { exportProcedures } from './procedures/exports'
import type { ProcedureContext } from './procedures/context'
import { recordProcedures } from './procedures/records'
import { runProcedures } from './procedures/runs'
import { createRunControl } from './run-control'
import type { Engine, EngineDeps } from './types'

/** The service behind the contract. Resolves when what an earlier engine left behind is dealt with. */
export async function createEngine(deps: EngineDeps): Promise<Engine> {
  const { store, logger, trainerHost, now = Date.now } = deps

  // 1. Whoever reports something about a run needs somebody to pass it on.
  const hub = createEventHub()

  // 2. The runs: queue, trainers, and what may be done with them.
  const control = createRunControl({ store, hub, logger, now, trainerHost, maxRunning: deps.maxRunning ?? 1 })

  // 3. One handler per method of the contract.
  const context: ProcedureContext = { deps, hub, control, now, newId: createIdSource(now) }
  const handlers: Handlers = {
    ...appProcedures(context),
    ...configProcedures(context),
    ...runProcedures(context),
    ...recordProcedures(context),
    ...exportProcedures(context),
  }

  // 4. Before the first client: no run may claim to be alive without a trainer.
  await control.recover(deps.startQueued ?? true)

  // 5. Clients come and go; commands are remembered across their connections.
  const idempotency = createIdempotencyCache(now)
  const channels = new Set<Channel>()
  let closing: Promise<void> | null = null

  const close = async (): Promise<void> => {
    await control.close()
    for (const channel of [...channels]) channel.close()
    await store.close()
  }
  return {
    serve(channel) {
      if (closing !== null) return channel.close()
      channels.add(channel)
      channel.onClose(() => channels.delete(channel))
      const onDefect = (error: unknown, method: string): void => logger.error('a method failed unexpectedly', { method, error })
      createServerPeer({ channel, handlers, idempotency, app: `FracBits Studio ${deps.appVersion}`, onDefect })
    },
    close: () => (closing ??= close()),
  }
}
