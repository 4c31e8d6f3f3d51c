import { join } from 'node:path'
import type { Channel } from '../rpc/channel'
import { createIdempotencyCache } from '../rpc/idempotency'
import { createServerPeer, type Handlers } from '../rpc/server-peer'
import { createIdSource } from '../util/ids'
import { cacheFolder } from '../util/paths'
import { createDatasetControl } from './datasets/dataset-control'
import { createEventHub } from './event-hub'
import { appProcedures } from './procedures/app'
import { bundleProcedures } from './procedures/bundles'
import { configProcedures } from './procedures/configs'
import { draftProcedures } from './procedures/drafts'
import { exportProcedures } from './procedures/exports'
import type { ProcedureContext } from './procedures/context'
import { datasetProcedures } from './procedures/datasets'
import { queueProcedures } from './procedures/queue'
import { recordProcedures } from './procedures/records'
import { runTableProcedures } from './procedures/run-table'
import { runProcedures } from './procedures/runs'
import { runtimeProcedures } from './procedures/runtimes'
import { createRunControl } from './run-control'
import { keepBackups } from './keep-backups'
import { createRuntimeControl } from './runtimes/runtime-control'
import { watchTimes } from './trainer-watchdog'
import type { Engine, EngineDeps } from './types'

/** The service behind the contract. Resolves when what an earlier engine left behind is dealt with. */
export async function createEngine(deps: EngineDeps): Promise<Engine> {
  const { store, logger, trainerHost, now = Date.now } = deps

  // 1. Whoever reports something about a run needs somebody to pass it on.
  const hub = createEventHub()

  // 2. What trainers load; then the runs: queue, trainers, and what may be done with them.
  const runtimes = createRuntimeControl({
    folder: deps.runtimesDir ?? join(cacheFolder(), 'runtimes'),
    configsDir: deps.configsDir,
    appVersion: deps.appVersion,
    logger,
  })
  const control = createRunControl({
    store,
    hub,
    logger,
    now,
    trainerHost,
    runtimes,
    availableBytes: deps.availableBytes ?? (() => process.availableMemory()),
    cluster: deps.cluster,
    watchTimes: deps.watchTimes ?? watchTimes,
  })

  // 3. One handler per method of the contract; data sets have a life of their own.
  const newId = createIdSource(now)
  const datasets = createDatasetControl({ workspace: deps.workspace, store, logger, now, newId, images: deps.images?.() })
  const context: ProcedureContext = { deps, hub, control, runtimes, now, newId }
  const handlers: Handlers = {
    ...appProcedures(context, datasets),
    ...configProcedures(context),
    ...draftProcedures(context),
    ...runProcedures(context),
    ...runTableProcedures(context),
    ...recordProcedures(context),
    ...queueProcedures(context),
    ...exportProcedures(context),
    ...bundleProcedures(context),
    ...datasetProcedures(context, datasets),
    ...runtimeProcedures(context),
  }

  // 4. Before the first client: no run may claim to be alive without a trainer.
  await control.recover(deps.startQueued ?? true)
  await datasets.recover()

  // 5. Copies of the database, should it ever be damaged.
  const backups = keepBackups(store, hub, logger)

  // 6. Clients come and go; commands are remembered across their connections.
  const idempotency = createIdempotencyCache(now)
  const channels = new Set<Channel>()
  let closing: Promise<void> | null = null

  const close = async (): Promise<void> => {
    await control.close()
    await datasets.close()
    await runtimes.close()
    for (const channel of [...channels]) channel.close()
    await backups.stop()
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
