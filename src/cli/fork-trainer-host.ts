import { type ChildProcess, fork } from 'node:child_process'
import type { TrainerExit, TrainerHandle, TrainerHost } from '../contract/trainer-channel'
import { answerOf } from '../contract/job-answer'
import { JobAnswer } from '../contract/exports'
import { ProbeMessage, probeOf } from '../contract/probe-answer'
import type { RuntimeRef } from '../contract/runtimes'
import { TrainerEvent } from '../contract/trainer-messages'
import type { Logger } from '../util/logger'
import { trainerEnvironment } from '../util/trainer-environment'

const TAIL_CHARACTERS = 8_000
const PROBE_LIMIT_MS = 60_000

/**
 * Trainers as forked Node processes, for commands and `serve`.
 * `entry` and `verifierEntry` are the bundled entries of the trainer and the verifier; `execArgv` lets tests run an entry that is not bundled.
 */
export function createForkTrainerHost(options: { entry: string; verifierEntry: string; logger: Logger; execArgv?: readonly string[] }): TrainerHost {
  const open = (mode: 'run' | 'probe' | 'job', runtime: RuntimeRef | null, entry = options.entry): { child: ChildProcess; exited: Promise<TrainerExit> } => {
    const child = fork(entry, [], {
      env: trainerEnvironment(process.env, mode, runtime),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: [...(options.execArgv ?? [])],
    })
    return { child, exited: watchExit(child, options.logger) }
  }

  return {
    start(spec): TrainerHandle {
      const { child, exited } = open('run', spec.runtime ?? null)
      const listeners: ((event: TrainerEvent) => void)[] = []
      child.on('message', (message) => {
        const event = TrainerEvent.safeParse(message)
        if (event.success) for (const listener of listeners) listener(event.data)
        else options.logger.error('trainer sent something unknown', { runId: spec.runId, problem: event.error.message })
      })
      const send = (command: unknown): void => {
        // A trainer that has just ended can't be told anything; `exited` tells its owner.
        if (child.connected)
          child.send(command as object, (error) => error !== null && options.logger.warn('command not delivered', { error: error.message }))
      }
      send({ type: 'start', spec })
      return {
        pid: child.pid ?? null,
        send,
        onEvent: (listener) => void listeners.push(listener),
        exited,
        kill: () => void child.kill('SIGKILL'),
      }
    },

    async job(job) {
      const { child, exited } = open('job', null, job.kind === 'verify' ? options.verifierEntry : options.entry)
      let answer: JobAnswer | undefined
      child.on('message', (message) => {
        answer = JobAnswer.safeParse(message).data
      })
      child.send(job)
      const exit = await exited
      return answerOf(answer, exit)
    },

    async probe(runtime) {
      const { child, exited } = open('probe', runtime)
      let answer: ProbeMessage | undefined
      child.on('message', (message) => {
        answer = ProbeMessage.safeParse(message).data
      })
      const limit = setTimeout(() => child.kill('SIGKILL'), PROBE_LIMIT_MS)
      const exit = await exited
      clearTimeout(limit)
      return probeOf(answer, exit)
    },
  }
}

/** Resolves when the process and its streams have ended; all messages have been delivered by then. */
function watchExit(child: ChildProcess, logger: Logger): Promise<TrainerExit> {
  let tail = ''
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    tail = (tail + chunk).slice(-TAIL_CHARACTERS)
    logger.warn('trainer stderr', { pid: child.pid ?? null, text: chunk })
  })
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => logger.info('trainer stdout', { pid: child.pid ?? null, text: chunk }))
  return new Promise((resolve) => {
    child.on('error', (error) => {
      if (child.pid === undefined) resolve({ code: null, signal: null, tail: error.message })
      else logger.error('trainer process', { error: error.message })
    })
    child.on('close', (code, signal) => resolve({ code, signal, tail }))
  })
}
