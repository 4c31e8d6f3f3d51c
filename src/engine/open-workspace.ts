import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { StudioError } from '../contract/errors'
import { createMemoryChannels } from '../rpc/memory-channel'
import { openStore } from '../store/store'
import { findDemoData } from '../util/paths'
import { createEngine } from './create-engine'
import { connectLocally, endpointOf, listenLocally } from './local-endpoint'
import { noticeOf } from './notices'
import type { OpenWorkspaceOptions, WorkspaceConnection } from './types'
import { acquireWorkspaceLock, type LockInfo, type WorkspaceLock } from './workspace-lock'

/** An engine that is just starting or closing is waited for; opening the database of a long life may take a while. */
const ATTACH_WITHIN_MS = 20_000
const TRY_AGAIN_MS = 100

/** Builds the engine here: lock, database, engine, endpoint for other processes. What was opened is closed again when a later step fails. */
async function own(options: OpenWorkspaceOptions, lock: WorkspaceLock): Promise<WorkspaceConnection> {
  const { workspace, logger } = options
  let undo: () => Promise<void> = () => lock.release()
  try {
    const store = await openStore(join(workspace, 'studio.db'))
    undo = () => store.close().then(() => lock.release())
    const notice = noticeOf(store.restoration)
    if (notice !== null) {
      logger.warn(notice)
      options.onNotice?.(notice)
    }
    const engine = await createEngine({ demoData: () => findDemoData(), ...options, store })
    undo = () => engine.close().then(() => lock.release())
    const endpoint = await listenLocally(lock.info.endpoint, lock.info.token, (channel) => engine.serve(channel))

    let tellClosed: (reason: string) => void = () => undefined
    const closed = new Promise<string>((resolve) => (tellClosed = resolve))
    let closing: Promise<void> | null = null
    const shutDown = async (reason: string): Promise<void> => {
      // Runs end first, while clients still watch; the lock goes last, so that the next owner finds everything written.
      try {
        await engine.close()
        await endpoint.close()
      } finally {
        await lock.release()
        tellClosed(reason)
      }
    }
    const close = (reason: string): Promise<void> => (closing ??= shutDown(reason))
    void lock.lost.then(() => {
      logger.error('the workspace was taken over by another process', { workspace })
      return close('Another process took the workspace over.')
    })
    logger.info('workspace opened as owner', { workspace, endpoint: lock.info.endpoint })
    return {
      mode: 'owner',
      connect() {
        const [client, server] = createMemoryChannels()
        engine.serve(server)
        return Promise.resolve(client)
      },
      closed,
      close: () => close('The workspace was closed.'),
    }
  } catch (error) {
    await undo()
    throw error
  }
}

/** Uses the engine of another process. One connection stays open to notice when it goes. */
async function attach(options: OpenWorkspaceOptions, { endpoint, token, pid }: LockInfo): Promise<WorkspaceConnection> {
  const watch = await connectLocally(endpoint, token)
  options.logger.info('workspace attached', { workspace: options.workspace, ownerPid: pid })
  return {
    mode: 'attached',
    connect: () => connectLocally(endpoint, token),
    closed: new Promise((resolve) => watch.onClose(resolve)),
    close() {
      watch.close()
      return Promise.resolve()
    },
  }
}

/**
 * Opens a workspace: as its owner with an engine in this process, or attached to the process that owns it.
 * Rejects with WORKSPACE_LOCKED when the owner can't be reached, and with what {@link openStore} rejects with.
 */
export async function openWorkspace(given: OpenWorkspaceOptions): Promise<WorkspaceConnection> {
  const options = { ...given, workspace: resolve(given.workspace) }
  const { workspace, appVersion } = options
  await mkdir(workspace, { recursive: true, mode: 0o700 })
  const wanted = { endpoint: endpointOf(workspace), token: randomBytes(32).toString('hex'), app: `FracBits Studio ${appVersion}` }
  const giveUpAt = Date.now() + ATTACH_WITHIN_MS
  for (;;) {
    const outcome = await acquireWorkspaceLock(workspace, wanted)
    if ('lock' in outcome) return own(options, outcome.lock)
    const { heldBy } = outcome
    try {
      return await attach(options, heldBy)
    } catch (error) {
      if (Date.now() > giveUpAt) {
        throw new StudioError(
          'WORKSPACE_LOCKED',
          `The workspace ${workspace} is in use by ${heldBy.app} (process ${heldBy.pid} on ${heldBy.host}), which does not answer. Close it, or choose another workspace.`,
          { cause: error },
        )
      }
      await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS))
    }
  }
}
