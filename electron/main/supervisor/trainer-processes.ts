import type { Logger } from '../../../src/util/logger'
import type { EngineToMain, MainToEngine, TrainerRequest } from '../../messages/engine-messages'
import { type Child, killByPid } from './child'
import { keepTail } from './output-tail'

export interface TrainerProcessesDeps<Port> {
  fork(request: TrainerRequest): Child<Port>
  createChannel(): { port1: Port; port2: Port }
  tellEngine(message: MainToEngine, transfer?: Port[]): void
  readonly logger: Logger
}

/** Starts trainer processes for the engine (only main can fork), gives both sides a line to each other, and reports their end. */
export class TrainerProcesses<Port> {
  private readonly children = new Map<number, Child<Port>>()

  constructor(private readonly deps: TrainerProcessesDeps<Port>) {}

  handle(request: Extract<EngineToMain, { type: 'start-trainer' | 'kill-trainer' }>): void {
    if (request.type === 'start-trainer') this.start(request)
    else this.kill(request.trainerId)
  }

  /** Without an engine nobody listens to a trainer any more. */
  killAll(): void {
    for (const trainerId of this.children.keys()) this.kill(trainerId)
  }

  private kill(trainerId: number): void {
    const child = this.children.get(trainerId)
    if (child === undefined) return
    if (child.pid === undefined) child.on('spawn', () => killByPid(child.pid))
    else killByPid(child.pid)
  }

  private start({ trainerId, runId, mode, runtime }: Extract<EngineToMain, { type: 'start-trainer' }>): void {
    const child = this.deps.fork({ runId, mode, runtime })
    const tail = keepTail(child.stderr, (line) => this.deps.logger.warn('trainer stderr', { runId, line }))
    keepTail(child.stdout, (line) => this.deps.logger.info('trainer stdout', { runId, line }))
    this.children.set(trainerId, child)
    child.on('exit', (code) => {
      this.children.delete(trainerId)
      this.deps.logger.info('trainer exited', { runId, trainerId, code })
      this.deps.tellEngine({ type: 'trainer-exited', trainerId, code, tail: tail.read() })
    })
    child.on('spawn', () => {
      const { port1, port2 } = this.deps.createChannel()
      child.postMessage({ type: 'port' }, [port1])
      this.deps.tellEngine({ type: 'trainer-port', trainerId, pid: child.pid ?? null }, [port2])
    })
  }
}
