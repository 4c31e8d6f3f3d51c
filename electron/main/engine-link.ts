import { MessageChannelMain, type MessagePortMain } from 'electron'
import type { EngineClient } from '../../src/contract/engine-client'
import type { RunEvent } from '../../src/contract/api'
import { StudioError } from '../../src/contract/errors'
import { createClient } from '../../src/rpc/client'
import { createMessagePortChannel } from '../../src/rpc/message-port-channel'
import type { Logger } from '../../src/util/logger'
import { ACTIVE, type ActiveRun, ActiveRuns } from './background/active-runs'
import { newsOf, type RunNews } from './background/run-news'

export interface EngineLinkDeps {
  serve(port: MessagePortMain): Promise<void>
  /** What is being trained and how far it is, whenever that changes. */
  onRuns(runs: ActiveRuns): void
  /** Something a person who does not look at the window wants to know. */
  onNews(news: RunNews): void
  /** The engine has something to tell the person about the opening of the workspace. */
  onNotice(notice: string): void
  readonly logger: Logger
}

/** Main's own line to the engine: which runs are active, where a run's folder is, and what its report says. */
export class EngineLink {
  private client: EngineClient | null = null
  private readonly active = new ActiveRuns()

  constructor(private readonly deps: EngineLinkDeps) {}

  /** Those whose training would end with the application. */
  get activeRuns(): readonly ActiveRun[] {
    return this.active.here
  }

  /** Called whenever the engine has become ready. */
  async connect(): Promise<void> {
    const { port1, port2 } = new MessageChannelMain()
    await this.deps.serve(port1)
    const client = createClient(createMessagePortChannel(port2, 'electron-main'), { app: 'desktop' })
    this.client = client
    this.active.clear()
    this.deps.onRuns(this.active)
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
    return (await this.connected().call('runs.get', { runId })).folder
  }

  /** The report of a run, as a page that needs nothing beside itself. */
  async report(runId: string): Promise<string> {
    return (await this.connected().call('exports.report', { runId })).html
  }

  /** Names of the runs that are trained, wherever, and of those that will be without anybody's doing. */
  async runsInTheWay(): Promise<readonly string[]> {
    const client = this.connected()
    const { runs } = await client.call('runs.list', { status: [...ACTIVE], limit: 500 })
    const { paused, waiting } = await client.call('queue.get', {})
    return [...runs, ...(paused ? [] : waiting)].map(({ name }) => name)
  }

  private connected(): EngineClient {
    if (this.client === null) throw new StudioError('ENGINE_GONE', 'The engine is not running yet.')
    return this.client
  }

  private async follow(client: EngineClient): Promise<void> {
    const events = client.open('runs.events', { runId: null })[Symbol.asyncIterator]()
    let next = events.next()
    // Not awaited until the list has been read: a line that closes in between must not count as an error nobody handles.
    next.catch(() => undefined)
    const { runs } = await client.call('runs.list', { status: [...ACTIVE], limit: 500 })
    for (const run of runs) this.active.put(run)
    this.deps.onRuns(this.active)
    for (;;) {
      const { done, value } = await next
      if (done === true) return
      next = events.next()
      next.catch(() => undefined)
      if (this.active.hear(value)) this.deps.onRuns(this.active)
      if (value.type === 'status')
        void this.look(client, value).catch((error: unknown) => this.deps.logger.warn('run not read', { runId: value.runId, error: String(error) }))
    }
  }

  /** What an event does not say: the run's name, and its result once it has one. */
  private async look(client: EngineClient, { runId, status, reason }: Extract<RunEvent, { type: 'status' }>): Promise<void> {
    const run = await client.call('runs.get', { runId })
    this.active.put(run)
    this.deps.onRuns(this.active)
    const news = newsOf(run, status, reason)
    if (news !== null) this.deps.onNews(news)
  }
}
