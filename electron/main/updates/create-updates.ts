import { app } from 'electron'
import { join } from 'node:path'
import { StudioError } from '../../../src/contract/errors'
import type { Logger } from '../../../src/util/logger'
import { loadUpdater } from './load-updater'
import { Updates } from './updates'
import { wayOfInstallation } from './way-of-installation'

export interface CreateUpdatesDeps {
  feed(): string
  /** Folder for what the updater reads and keeps. */
  readonly folder: string
  readonly engine: { readonly ownsWorkspace: boolean; start(): void; stop(): Promise<void> }
  runsInTheWay(): Promise<readonly string[]>
  /** Has the page hand over what is not saved, while there is an engine that keeps it. */
  collectUnsaved(): Promise<void>
  onChange(): void
  readonly logger: Logger
}

/** Updates of this application. An installation begins when the engine has ended, so that no run can start while files are replaced. */
export function createUpdates({ folder, engine, logger, ...deps }: CreateUpdatesDeps): Updates {
  const way = wayOfInstallation({
    isPackaged: app.isPackaged,
    platform: process.platform,
    env: process.env,
    resources: process.resourcesPath,
    executable: process.execPath,
  })
  return new Updates({
    feed: deps.feed,
    impossible: 'impossible' in way ? way.impossible : null,
    load(feed) {
      if ('impossible' in way) throw new StudioError('CONFLICT', way.impossible)
      return loadUpdater({ feed, way: way.way, configFile: join(folder, 'update-feed.json'), logger })
    },
    runsInTheWay() {
      if (!engine.ownsWorkspace)
        throw new StudioError('CONFLICT', 'Another program works in this workspace, a command or another window, and may train in it. End it first.')
      return deps.runsInTheWay()
    },
    async beforeInstall() {
      await deps.collectUnsaved()
      await engine.stop()
      // the new version may start before this one has ended
      app.releaseSingleInstanceLock()
    },
    afterFailure() {
      app.requestSingleInstanceLock()
      engine.start()
    },
    onChange: deps.onChange,
    now: Date.now,
    logger,
  })
}
