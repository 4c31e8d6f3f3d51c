import { MessageChannelMain, type MessagePortMain } from 'electron'
import type { EngineClient } from '../../src/contract/engine-client'
import type { RunStatus } from '../../src/contract/entities'
import { StudioError } from '../../src/contract/errors'
import { createClient } from '../../src/rpc/client'
import { createMessagePortChannel } from '../../src/rpc/message-port-channel'
import type { Logger } from '../../src/util/logger'

/** Statuses in which closing the app would end a trainer's work. */
const ACTIVE: readonly RunStatus[] = ['starting', 'running', 'paused', 'stopping']

export interface EngineLinkDeps {
  serve(port: MessagePortMain): Promise<void>
  /** Whether something is being trained, whenever that changes. */
  onActivity(active: boolean): void
  /** The engine has something to tell the person about the opening of the workspace. */
  onNotice(notice: string): void
  readonly logger: Logger
}

/** Main's own line to the engine: which runs are active, and where a run's folder is. */
export class EngineLink {
  private client: EngineClient | null = null
  private readonly active = new Set<string>()

  constructor(private readonly deps: EngineLinkDeps) {}

  get activeRuns(): number {
    return this.active.size
  }

  /** Called whenever the engine has become ready. */
  async connect(): Promise<void> {
    const { port1, port2 } = new MessageChannelMain()
    await this.deps.serve(port1)
    const client = createClient(createMessagePortChannel(port2, 'electron-main'), { app: 'desktop' })
    this.client = client
    this.setActive(() => this.active.clear())
    try {
      const { notice } = await client.call('app.info', {})
      if (notice !== null && notice !== undefined) this.deps.onNotice(notice)
      await this.follow(client)
    } catch (error) {
      // Gone with its engine: the next `ready` connects again.
      if (!(error instanceof StudioError && error.code === 'ENGINE_GONE')) throw error
    }
  }

  async runFolder(runId: string): Promise<string> {
    if (this.client === null) throw new StudioError('ENGINE_GONE', 'The engine is not running yet.')
    return (await this.client.call('runs.get', { runId })).folder
  }

  private async follow(client: EngineClient): Promise<void> {
    const events = client.open('runs.events', { runId: null })[Symbol.asyncIterator]()
    let next = events.next()
    // Not awaited until the list has been read: a line that closes in between must not count as an error nobody handles.
    next.catch(() => undefined)
    const { runs } = await client.call('runs.list', { status: [...ACTIVE], limit: 500 })
    this.setActive(() => runs.forEach((run) => this.active.add(run.id)))
    for (;;) {
      const { done, value } = await next
      if (done === true) return
      next = events.next()
      next.catch(() => undefined)
      if (value.type === 'status')
        this.setActive(() => (ACTIVE.includes(value.status) ? this.active.add(value.runId) : this.active.delete(value.runId)))
    }
  }

  private setActive(change: () => unknown): void {
    const before = this.active.size > 0
    change()
    const after = this.active.size > 0
    if (before !== after) this.deps.onActivity(after)
  }
}
