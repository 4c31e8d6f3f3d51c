import { type ProbeAnswer, ProbeMessage, probeOf } from '../../src/contract/probe-answer'
import type { TrainerExit, TrainerHandle, TrainerHost } from '../../src/contract/trainer-channel'
import { TrainerEvent, type TrainerCommand } from '../../src/contract/trainer-messages'
import { type Job, JobAnswer } from '../../src/contract/exports'
import type { RuntimeRef } from '../../src/contract/runtimes'
import { answerOf } from '../../src/contract/job-answer'
import type { Logger } from '../../src/util/logger'
import type { EngineToMain, TrainerRequest } from '../messages/engine-messages'

/** The part of a MessagePortMain that a trainer's line needs. */
export interface TrainerPort {
  on(event: 'message', listener: (event: { data: unknown }) => void): unknown
  on(event: 'close', listener: () => void): unknown
  postMessage(message: unknown): void
  start(): void
  close(): void
}

/** Messages that a trainer sent before it died may arrive after main's word that it died. */
const DRAIN_LIMIT_MS = 2_000
const PROBE_LIMIT_MS = 60_000

/** Trainers as utility processes: only main may start them, so it is asked, and hands over a port to each. */
export class MainTrainerHost implements TrainerHost {
  private nextId = 1
  private readonly links = new Map<number, TrainerLink>()

  constructor(
    private readonly tellMain: (message: EngineToMain) => void,
    private readonly logger: Logger,
  ) {}

  start(spec: Parameters<TrainerHost['start']>[0]): TrainerHandle {
    const listeners: ((event: TrainerEvent) => void)[] = []
    const link = this.open({ runId: spec.runId, mode: 'run', runtime: spec.runtime ?? null }, (data) => {
      const event = TrainerEvent.safeParse(data)
      if (event.success) {
        for (const listener of listeners) listener(event.data)
        if (event.data.type === 'ended') link.hangUp()
      } else this.logger.error('trainer sent something unknown', { runId: spec.runId, problem: event.error.message })
    })
    link.send({ type: 'start', spec })
    return {
      get pid() {
        return link.pid
      },
      send: (command) => link.send(command),
      onEvent: (listener) => void listeners.push(listener),
      exited: link.exited,
      kill: () => this.tellMain({ type: 'kill-trainer', trainerId: link.id }),
    }
  }

  async probe(runtime: RuntimeRef | null): Promise<ProbeAnswer> {
    let answer: ProbeMessage | undefined
    const link = this.open({ runId: 'probe', mode: 'probe', runtime }, (data) => {
      answer = ProbeMessage.safeParse(data).data
      link.hangUp()
    })
    const limit = setTimeout(() => this.tellMain({ type: 'kill-trainer', trainerId: link.id }), PROBE_LIMIT_MS)
    const exit = await link.exited
    clearTimeout(limit)
    return probeOf(answer, exit)
  }

  async job(job: Job): Promise<Exclude<JobAnswer, { kind: 'failed' }>> {
    let answer: JobAnswer | undefined
    const link = this.open({ runId: 'job', mode: job.kind === 'verify' ? 'verify' : 'job', runtime: null }, (data) => {
      answer = JobAnswer.safeParse(data).data
      link.hangUp()
    })
    link.send(job)
    const exit = await link.exited
    return answerOf(answer, exit)
  }

  /** Main's message `trainer-port`. */
  attach(trainerId: number, pid: number | null, port: TrainerPort): void {
    const link = this.links.get(trainerId)
    if (link === undefined) port.close()
    else link.attach(pid, port)
  }

  /** Main's message `trainer-exited`. */
  ended(trainerId: number, exit: TrainerExit): void {
    this.links.get(trainerId)?.ended(exit)
    this.links.delete(trainerId)
  }

  private open(request: TrainerRequest, onMessage: (data: unknown) => void): TrainerLink {
    const link = new TrainerLink(this.nextId++, onMessage)
    this.links.set(link.id, link)
    this.tellMain({ type: 'start-trainer', trainerId: link.id, ...request })
    return link
  }
}

class TrainerLink {
  pid: number | null = null
  readonly exited: Promise<TrainerExit>
  private resolveExited: (exit: TrainerExit) => void = () => undefined
  private port: TrainerPort | null = null
  private portClosed: Promise<void> = Promise.resolve()
  private queue: (TrainerCommand | Job)[] = []

  constructor(
    readonly id: number,
    private readonly onMessage: (data: unknown) => void,
  ) {
    this.exited = new Promise((resolve) => {
      this.resolveExited = resolve
    })
  }

  send(command: TrainerCommand | Job): void {
    if (this.port === null) this.queue.push(command)
    else this.port.postMessage(command)
  }

  attach(pid: number | null, port: TrainerPort): void {
    this.pid = pid
    this.port = port
    port.on('message', (event) => this.onMessage(event.data))
    this.portClosed = new Promise((resolve) => port.on('close', resolve))
    port.start()
    for (const command of this.queue.splice(0)) port.postMessage(command)
  }

  /** Tells the trainer that its last message has arrived; it ends by itself. */
  hangUp(): void {
    this.portClosed = Promise.resolve()
    this.port?.close()
  }

  ended(exit: TrainerExit): void {
    const limit = new Promise<void>((resolve) => setTimeout(resolve, DRAIN_LIMIT_MS).unref())
    void Promise.race([this.portClosed, limit]).then(() => {
      this.port?.close()
      this.resolveExited(exit)
    })
  }
}
