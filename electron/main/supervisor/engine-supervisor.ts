import { StudioError, fromErrorShape } from '../../../src/contract/errors'
import type { Logger } from '../../../src/util/logger'
import { EngineToMain, type MainToEngine } from '../../messages/engine-messages'
import { type Child, killByPid } from './child'
import { keepTail } from './output-tail'
import type { RestartPolicy } from './restart-policy'

export type EngineState =
  | { readonly name: 'starting' | 'stopping' | 'exited' }
  | { readonly name: 'ready'; readonly mode: 'owner' | 'attached' }
  | { readonly name: 'crashed'; readonly reason: string }

const START_LIMIT_MS = 20_000
const STOP_LIMIT_MS = 15_000

export interface EngineSupervisorDeps<Port> {
  fork(): Child<Port>
  readonly open: Extract<MainToEngine, { type: 'open' }>
  readonly restartPolicy: RestartPolicy
  readonly logger: Logger
  /** Requests of the engine about trainers. */
  onTrainerRequest(message: Extract<EngineToMain, { type: 'start-trainer' | 'kill-trainer' }>): void
  /** The process is gone, whatever the reason; its trainers have to follow. */
  onGone(): void
  onState(state: EngineState): void
  /** Starting again does not help; the person decides. */
  onGivenUp(error: StudioError): void
}

/** Keeps one engine process alive and hands it ports; see {@link EngineState} for its life. */
export class EngineSupervisor<Port> {
  private state: EngineState = { name: 'exited' }
  private child: Child<Port> | null = null
  private waiting: { resolve: (child: Child<Port>) => void; reject: (error: StudioError) => void }[] = []
  private timer: NodeJS.Timeout | null = null
  private fatal: StudioError | null = null

  constructor(private readonly deps: EngineSupervisorDeps<Port>) {}

  /** Whether this app's engine holds the workspace; then its trainers end with the app. */
  get ownsWorkspace(): boolean {
    return this.state.name === 'ready' && this.state.mode === 'owner'
  }

  /** Starts the engine; also the answer to "Restart" after it was given up. */
  start(): void {
    this.fatal = null
    this.deps.restartPolicy.reset()
    this.spawn()
  }

  /** Gives the engine one end of a new line, as soon as it is ready. Rejects with ENGINE_GONE when it will not be. */
  async serve(port: Port): Promise<void> {
    const child = await this.whenReady()
    this.tell({ type: 'serve' }, [port], child)
  }

  tell(message: MainToEngine, transfer: Port[] = [], child = this.child): void {
    child?.postMessage(message, transfer)
  }

  /** Asks the engine to stop its trainers after their step and to exit; ends it by pid when it takes longer than 15 s. */
  async stop(): Promise<void> {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
    const child = this.child
    this.enter({ name: child === null ? 'exited' : 'stopping' })
    this.fatal = new StudioError('ENGINE_GONE', 'The application is closing.')
    this.refuse(this.fatal)
    if (child === null) return
    await new Promise<void>((resolve) => {
      const limit = setTimeout(() => {
        this.deps.logger.error('engine did not stop in time', { pid: child.pid })
        killByPid(child.pid)
      }, STOP_LIMIT_MS)
      child.on('exit', () => {
        clearTimeout(limit)
        resolve()
      })
      this.tell({ type: 'shutdown' })
    })
  }

  private whenReady(): Promise<Child<Port>> {
    if (this.state.name === 'ready' && this.child !== null) return Promise.resolve(this.child)
    if (this.fatal !== null) return Promise.reject(this.fatal)
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }))
  }

  private spawn(): void {
    const child = this.deps.fork()
    const tail = keepTail(child.stderr, (line) => this.deps.logger.warn('engine stderr', { line }))
    keepTail(child.stdout, (line) => this.deps.logger.info('engine stdout', { line }))
    this.child = child
    this.enter({ name: 'starting' })
    this.timer = setTimeout(() => {
      this.deps.logger.error('engine did not start in time', { limitMs: START_LIMIT_MS })
      killByPid(child.pid)
    }, START_LIMIT_MS)
    child.on('message', (raw) => this.hear(child, raw))
    child.on('exit', (code) => this.exited(child, code, tail.read()))
    child.postMessage(this.deps.open)
  }

  private hear(child: Child<Port>, raw: unknown): void {
    const message = EngineToMain.parse(raw)
    if (message.type === 'ready') {
      if (this.timer !== null) clearTimeout(this.timer)
      this.timer = null
      if (this.state.name === 'stopping') return
      this.enter({ name: 'ready', mode: message.mode })
      for (const waiter of this.waiting.splice(0)) waiter.resolve(child)
    } else if (message.type === 'failed') {
      this.fatal = fromErrorShape(message.error)
    } else {
      this.deps.onTrainerRequest(message)
    }
  }

  private exited(child: Child<Port>, code: number, tail: string): void {
    if (this.child !== child) return
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
    this.child = null
    this.deps.onGone()
    if (this.state.name === 'stopping') {
      this.enter({ name: 'exited' })
      return
    }
    this.enter({ name: 'crashed', reason: `exit code ${code}${tail === '' ? '' : `\n${tail}`}` })
    const delay = this.fatal === null ? this.deps.restartPolicy.crashed() : null
    if (delay === null) {
      this.fatal ??= new StudioError(
        'ENGINE_GONE',
        `The engine keeps stopping (exit code ${code}). The log in the workspace's "logs" folder holds the reason.`,
      )
      this.refuse(this.fatal)
      this.deps.onGivenUp(this.fatal)
    } else {
      this.timer = setTimeout(() => this.spawn(), delay)
    }
  }

  private refuse(error: StudioError): void {
    for (const waiter of this.waiting.splice(0)) waiter.reject(error)
  }

  private enter(state: EngineState): void {
    this.state = state
    this.deps.logger.info('engine state', { ...state })
    this.deps.onState(state)
  }
}
