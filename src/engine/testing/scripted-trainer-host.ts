import { fork } from 'node:child_process'
import { join } from 'node:path'
import { StudioError } from '../../contract/errors'
import type { TrainerExit, TrainerHandle, TrainerHost } from '../../contract/trainer-channel'
import type { TrainerEvent, TrainerSpec } from '../../contract/trainer-messages'
import { trainerEnvironment } from '../../util/trainer-environment'

/** What the next trainer does; see scripted-trainer.mjs. Steps count from 1. */
export interface TrainerScript {
  steps?: number
  checkpointEvery?: number
  /** Waits there for one command. */
  holdAt?: number
  /** Does not go beyond this step before it was told to pause so many times. */
  pausedBefore?: { step: number; times: number }
  crashAt?: number
  killAt?: number
  exitAt?: number
  exitCode?: number
  failAt?: number
  /** Takes no notice of `pause` after so many. */
  obeyPauses?: number
  /** Memory that it says it takes; without it none is measured. */
  residentBytes?: number
  /** Does not obey `stop`. */
  deaf?: boolean
}

export interface ScriptedTrainerHost extends TrainerHost {
  /** For the trainers that start from now on. */
  script: TrainerScript
  readonly started: { readonly spec: TrainerSpec; readonly handle: TrainerHandle }[]
}

/** Forks the scripted trainer as a process of its own for every run. */
export function createScriptedTrainerHost(script: TrainerScript = {}): ScriptedTrainerHost {
  const host: ScriptedTrainerHost = {
    script,
    started: [],
    start(spec) {
      const child = fork(join(import.meta.dirname, 'scripted-trainer.mjs'), [], {
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
        execArgv: [],
        env: { ...trainerEnvironment(process.env, 'run', spec.runtime ?? null), SCRIPT: JSON.stringify(host.script) },
      })
      let tail = ''
      child.stderr?.setEncoding('utf8').on('data', (text: string) => (tail = (tail + text).slice(-4000)))
      const exited = new Promise<TrainerExit>((resolve) => child.on('close', (code, signal) => resolve({ code, signal, tail })))
      const handle: TrainerHandle = {
        pid: child.pid ?? null,
        send: (command) => void (child.connected && child.send(command)),
        onEvent: (listener) => void child.on('message', (event) => listener(event as TrainerEvent)),
        exited,
        kill: () => void child.kill('SIGKILL'),
      }
      child.send({ type: 'start', spec })
      host.started.push({ spec, handle })
      return handle
    },
    job: () => Promise.reject(new StudioError('TRAINER_GONE', 'the scripted trainer does no jobs')),
    probe: () => Promise.resolve({ tensorflow: 'none', device: 'CPU, 1 thread', said: '' }),
  }
  return host
}
