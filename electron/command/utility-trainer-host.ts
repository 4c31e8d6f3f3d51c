import { MessageChannelMain, type MessagePortMain } from 'electron'
import type { TrainerHost } from '../../src/contract/trainer-channel'
import type { Logger } from '../../src/util/logger'
import { MainTrainerHost } from '../engine/main-trainer-host'
import { requirePort } from '../engine/parent-port'
import { createTrainerFork } from '../main/supervisor/fork-trainer'
import { TrainerProcesses } from '../main/supervisor/trainer-processes'

/**
 * Trainers of a command: the engine's side and main's side of the app, joined in one process, since here the engine runs in the process that
 * may fork. `folder` holds the bundled entries.
 */
export function createUtilityTrainerHost(folder: string, logger: Logger): TrainerHost {
  const host = new MainTrainerHost((message) => {
    if (message.type === 'start-trainer' || message.type === 'kill-trainer') processes.handle(message)
  }, logger)
  const processes = new TrainerProcesses<MessagePortMain>({
    fork: createTrainerFork(folder),
    createChannel: () => new MessageChannelMain(),
    tellEngine(message, transfer = []) {
      if (message.type === 'trainer-port') host.attach(message.trainerId, message.pid, requirePort(transfer))
      if (message.type === 'trainer-exited') host.ended(message.trainerId, { code: message.code, signal: null, tail: message.tail })
    },
    logger,
  })
  return host
}
