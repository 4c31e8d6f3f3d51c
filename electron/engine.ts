import { toErrorShape } from '../src/contract/errors'
import { createImageService } from '../src/data/browse/image-service'
import { openWorkspace } from '../src/engine/open-workspace'
import { watchTimesFrom } from '../src/engine/trainer-watchdog'
import { describeNetwork } from '../src/quantization/network-outline'
import { createMessagePortChannel } from '../src/rpc/message-port-channel'
import { askTimeFrom, createSlurmHost } from '../src/slurm/slurm-host'
import { createFileLogger } from '../src/util/file-logger'
import { join } from 'node:path'
import { installation } from '../src/util/installation'
import { COMMAND_SWITCHES } from './command/command-line'
import { MainTrainerHost } from './engine/main-trainer-host'
import { requireParentPort, requirePort } from './engine/parent-port'
import { WorkspaceKeeper } from '../src/engine/workspace-keeper'
import { type EngineToMain, MainToEngine } from './messages/engine-messages'

/*
 * Utility process "engine".
 * 1. Main says which workspace to open; open it, as owner or attached to the command that owns it.
 * 2. Every port that main hands over is a page's (or main's own) line to the engine.
 * 3. Trainers are started by main on request; their ports and ends are passed on to the host.
 * 4. Shutdown: trainers stop after their step, the store closes, the process ends.
 */
const parent = requireParentPort()
const tellMain = (message: EngineToMain): void => parent.postMessage(message)

/** The command of this program, as a job of a cluster starts it. */
const command = [process.execPath, ...(installation().packaged ? [] : [join(import.meta.dirname, '../..')]), ...COMMAND_SWITCHES]

let keeper: WorkspaceKeeper | null = null
let trainers: MainTrainerHost | null = null

function open({ workspace, appVersion, configsDir }: Extract<MainToEngine, { type: 'open' }>): void {
  const logger = createFileLogger({ file: join(workspace, 'logs', 'engine.ndjson'), process: 'engine' })
  const host = new MainTrainerHost(tellMain, logger)
  trainers = host
  keeper = new WorkspaceKeeper({
    open: () =>
      openWorkspace({
        workspace,
        appVersion,
        configsDir,
        describeNetwork,
        trainerHost: host,
        cluster: createSlurmHost({ command, logger, askEveryMs: askTimeFrom(process.env) }),
        logger,
        images: () => createImageService(),
        watchTimes: watchTimesFrom(process.env),
      }),
    onReady: (mode) => tellMain({ type: 'ready', mode }),
    onFailed: (error) => {
      logger.error('workspace not opened', { error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
      tellMain({ type: 'failed', error: toErrorShape(error) })
      process.exitCode = 1
      setImmediate(() => process.exit())
    },
    logger,
  })
}

parent.on('message', ({ data, ports }) => {
  const message = MainToEngine.parse(data)
  switch (message.type) {
    case 'open':
      return open(message)
    case 'serve':
      return keeper?.serve(createMessagePortChannel(requirePort(ports), 'electron-main'))
    case 'trainer-port':
      return trainers?.attach(message.trainerId, message.pid, requirePort(ports))
    case 'trainer-exited':
      return trainers?.ended(message.trainerId, { code: message.code, signal: null, tail: message.tail })
    case 'shutdown':
      void (keeper?.close() ?? Promise.resolve()).finally(() => process.exit(0))
  }
})
