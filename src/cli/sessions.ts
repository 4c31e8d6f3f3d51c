import { join } from 'node:path'
import { StudioError } from '../contract/errors'
import type { TrainerHost } from '../contract/trainer-channel'
import { createImageService } from '../data/browse/image-service'
import { openWorkspace } from '../engine/open-workspace'
import { watchTimesFrom } from '../engine/trainer-watchdog'
import type { OpenWorkspaceOptions } from '../engine/types'
import { createClient } from '../rpc/client'
import { describeNetwork } from '../quantization/network-outline'
import { WorkspaceKeeper } from '../engine/workspace-keeper'
import { askTimeFrom, createSlurmHost } from '../slurm/slurm-host'
import { createFileLogger } from '../util/file-logger'
import type { Logger } from '../util/logger'
import { workspaceFolder } from '../util/paths'
import type { CliContext, Session, SessionOptions } from './context'

/** An owner that closes finishes its trainers' steps first. */
const OWNER_CLOSING_LIMIT_MS = 20_000
const TRY_AGAIN_MS = 100

const isGone = (error: unknown): boolean => error instanceof StudioError && error.code === 'ENGINE_GONE'

export interface SessionDeps {
  readonly version: string
  readonly configsDir: string
  /** How this command is started again, here and on the nodes of a cluster: program and first arguments. */
  readonly self: readonly string[]
  createTrainerHost(logger: Logger): TrainerHost
  /** Tells the person something that no command asked for. */
  notice(text: string): void
}

/** How commands reach an engine: their own, unless another program has the workspace open. */
export function createSessions(deps: SessionDeps): Pick<CliContext, 'openSession' | 'keepWorkspace'> {
  const options = (given: SessionOptions, startQueued: boolean): OpenWorkspaceOptions => {
    const workspace = workspaceFolder(given.workspace)
    const logger = createFileLogger({ file: join(workspace, 'logs', 'cli.ndjson'), process: 'cli' })
    return {
      workspace,
      logger,
      images: () => createImageService(),
      trainerHost: deps.createTrainerHost(logger),
      cluster: createSlurmHost({ command: deps.self, logger, askEveryMs: askTimeFrom(process.env) }),
      appVersion: deps.version,
      configsDir: deps.configsDir,
      describeNetwork,
      startQueued,
      watchTimes: watchTimesFrom(process.env),
      onNotice: deps.notice,
    }
  }

  return {
    async openSession(given): Promise<Session> {
      const at = options(given, false)
      const giveUpAt = Date.now() + OWNER_CLOSING_LIMIT_MS
      for (;;) {
        const connection = await openWorkspace(at)
        try {
          const client = createClient(await connection.connect(), { app: `fracbits ${deps.version}` })
          const close = async (): Promise<void> => {
            client.close()
            await connection.close()
          }
          await client.call('app.info', {})
          return { client, mode: connection.mode, workspace: at.workspace, close }
        } catch (error) {
          await connection.close()
          if (!isGone(error) || connection.mode === 'owner' || Date.now() > giveUpAt) throw error
          // The owner is on its way out: it lets nobody in any more, or drops the line that it has just accepted.
          await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS))
        }
      }
    },

    keepWorkspace(given) {
      const at = options(given, true)
      let fail: (error: unknown) => void = () => undefined
      const failed = new Promise<never>((_, reject) => {
        fail = (error) => reject(error instanceof Error ? error : new StudioError('INTERNAL', String(error)))
      })
      failed.catch(() => undefined)
      const keeper = new WorkspaceKeeper({
        open: () => openWorkspace(at),
        onReady: (mode) => at.logger.info('workspace open', { mode }),
        onFailed: (error) => fail(error),
        logger: at.logger,
      })
      return { keeper, workspace: at.workspace, logger: at.logger, failed }
    },
  }
}
