import type { WorkspaceConnection } from './types'
import type { Channel } from '../rpc/channel'
import type { Logger } from '../util/logger'
import { bridge } from './bridge'

export interface WorkspaceKeeperDeps {
  open(): Promise<WorkspaceConnection>
  onReady(mode: WorkspaceConnection['mode']): void
  onFailed(error: unknown): void
  readonly logger: Logger
}

/**
 * Keeps the workspace open: as its owner, or attached to the process that owns it (a running command). When that process ends,
 * the workspace is opened again, usually as the owner then. Lines to pages close in between; pages ask for new ones.
 */
export class WorkspaceKeeper {
  private connection: Promise<WorkspaceConnection>
  private closing = false

  constructor(private readonly deps: WorkspaceKeeperDeps) {
    this.connection = this.open()
  }

  /** Resolves once the workspace is open; rejects with the reason why it can't be opened. */
  async ready(): Promise<void> {
    await this.connection
  }

  /** Connects a page's line to the engine. */
  serve(page: Channel): void {
    this.connection
      .then(async (connection) => bridge(page, await connection.connect()))
      .catch((error: unknown) => {
        this.deps.logger.warn('line not served', { error: String(error) })
        page.close()
      })
  }

  async close(): Promise<void> {
    this.closing = true
    const connection = await this.connection.catch(() => null)
    await connection?.close()
  }

  private open(): Promise<WorkspaceConnection> {
    const opened = this.deps.open()
    opened.then(
      (connection) => {
        this.deps.onReady(connection.mode)
        void connection.closed.then((reason) => this.lost(reason))
      },
      (error: unknown) => this.deps.onFailed(error),
    )
    return opened
  }

  private lost(reason: string): void {
    if (this.closing) return
    this.deps.logger.info('workspace lost, opening again', { reason })
    this.connection = this.open()
  }
}
