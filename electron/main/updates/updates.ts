import type { FoundUpdate, UpdateAction, UpdateState } from '../../../src/contract/updates'
import { StudioError } from '../../../src/contract/errors'
import type { Logger } from '../../../src/util/logger'

/** What fetches and installs a new version. All of it rejects with a {@link StudioError} whose sentence is for the person. */
export interface Updater {
  /** The newer version of the feed, null where there is none. */
  check(): Promise<FoundUpdate | null>
  /** Fetches the version that was found, and throws it away where its sha512 is not the one of the feed. */
  download(onProgress: (doneBytes: number, totalBytes: number) => void): Promise<void>
  /** Puts it in place and has the application end and start again. */
  install(): Promise<void>
}

export interface UpdatesDeps {
  /** Address of the feed; empty where updates are off. */
  feed(): string
  /** Why this application can't be updated, a sentence; null where it can. */
  readonly impossible: string | null
  /** Called for the first step with a feed, and not before. */
  load(feed: string): Promise<Updater>
  /** Names of the runs that are trained or about to be; rejects where that can't be known. */
  runsInTheWay(): Promise<readonly string[]>
  /** Ends what would use the files that are replaced, and what has it go on where they were not. */
  beforeInstall(): Promise<void>
  afterFailure(): void
  onChange(): void
  readonly now: () => number
  readonly logger: Logger
}

const MAY: Readonly<Record<UpdateAction, readonly UpdateState['name'][]>> = {
  check: ['idle', 'available', 'ready'],
  download: ['available'],
  install: ['ready'],
  'do-not-install': ['waiting'],
}
const MAY_BEGIN: readonly UpdateState['name'][] = ['ready', 'waiting']
/** In these the feed may be changed; in others something is under way with the old one. */
const AT_REST: readonly UpdateState['name'][] = ['off', 'impossible', 'idle', 'available', 'ready']

/** An update step by step, each asked for by the person: nothing is fetched or installed by itself, and nothing is installed while a run is trained. */
export class Updates {
  private now: UpdateState = { name: 'off' }
  private trouble: string | null = null
  private updater: Promise<Updater> | null = null
  private looking = false
  /** The person has said that it is to be installed, and has not taken it back. */
  private isWanted = false

  constructor(private readonly deps: UpdatesDeps) {
    this.now = this.atFirst()
  }

  get state(): UpdateState {
    return this.now
  }

  /** Why the last step did not succeed. */
  get problem(): string | null {
    return this.trouble
  }

  get isAtRest(): boolean {
    return AT_REST.includes(this.now.name)
  }

  /** The feed is another one. Only at rest. */
  feedChanged(): void {
    this.updater = null
    this.enter(this.atFirst())
  }

  /** Carries out the next step; what can't be done in this state is left undone. */
  async act(action: UpdateAction): Promise<void> {
    if (!MAY[action].includes(this.now.name)) return
    this.deps.logger.info('update', { action, state: this.now.name })
    if (action === 'check') await this.check()
    else if (action === 'download') await this.download()
    else if (action === 'install') {
      this.isWanted = true
      await this.installWhenNothingRuns()
    } else if (this.now.name === 'waiting') {
      this.isWanted = false
      this.enter({ name: 'ready', update: this.now.update })
    }
  }

  /** Something about the runs is different: an installation that waits may be possible now. */
  async runsChanged(): Promise<void> {
    if (this.now.name === 'waiting') await this.installWhenNothingRuns()
  }

  private atFirst(): UpdateState {
    if (this.deps.feed() === '') return { name: 'off' }
    return this.deps.impossible === null ? { name: 'idle', checkedAt: null } : { name: 'impossible', why: this.deps.impossible }
  }

  private async loaded(): Promise<Updater> {
    const loading = (this.updater ??= this.deps.load(this.deps.feed()))
    try {
      return await loading
    } catch (error) {
      // the next step tries anew, unless the feed is another one by now
      if (this.updater === loading) this.updater = null
      throw error
    }
  }

  private async check(): Promise<void> {
    const before = this.now
    this.enter({ name: 'checking' })
    try {
      const update = await (await this.loaded()).check()
      this.enter(update === null ? { name: 'idle', checkedAt: this.deps.now() } : { name: 'available', update })
    } catch (error) {
      this.failed(error, before)
    }
  }

  private async download(): Promise<void> {
    if (this.now.name !== 'available') return
    const { update } = this.now
    this.enter({ name: 'downloading', update, doneBytes: 0, totalBytes: update.sizeBytes ?? 0 })
    try {
      const updater = await this.loaded()
      await updater.download((doneBytes, totalBytes) => this.enter({ name: 'downloading', update, doneBytes, totalBytes }))
      this.enter({ name: 'ready', update })
    } catch (error) {
      this.failed(error, { name: 'available', update })
    }
  }

  private async installWhenNothingRuns(): Promise<void> {
    if (this.looking || !('update' in this.now) || !MAY_BEGIN.includes(this.now.name)) return
    const { update } = this.now
    this.looking = true
    try {
      const runs = await this.deps.runsInTheWay()
      if (!this.isWanted || !MAY_BEGIN.includes(this.now.name)) return
      if (runs.length > 0) return this.enter({ name: 'waiting', update, runs })
    } catch (error) {
      return this.failed(error, { name: 'ready', update })
    } finally {
      this.looking = false
    }
    await this.install(update)
  }

  private async install(update: FoundUpdate): Promise<void> {
    this.enter({ name: 'installing', update })
    try {
      await this.deps.beforeInstall()
      await (await this.loaded()).install()
    } catch (error) {
      this.deps.afterFailure()
      this.failed(error, { name: 'ready', update })
    }
  }

  private enter(state: UpdateState): void {
    this.now = state
    this.trouble = null
    this.deps.onChange()
  }

  private failed(error: unknown, state: UpdateState): void {
    this.deps.logger.error('update failed', { error: error instanceof Error ? (error.stack ?? error.message) : String(error), state: state.name })
    this.now = state
    this.trouble = error instanceof StudioError ? error.message : 'This step did not succeed. Try it again; the log has the details.'
    this.deps.onChange()
  }
}
