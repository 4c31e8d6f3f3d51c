import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { StudioError, toErrorShape } from '../../contract/errors'
import type { RuntimePack, RuntimeProgress, RuntimeRef } from '../../contract/runtimes'
import { exists } from '../../util/exists'
import { installation } from '../../util/installation'
import type { Logger } from '../../util/logger'
import { acquireWorkspaceLock, type WorkspaceLock } from '../workspace-lock'
import { downloadBytes, readCatalogue, type RuntimeManifest } from './catalogue'
import { indexAddress } from './index-address'
import { fetchedBytes, installRuntime, unfinishedFolder } from './install-runtime'
import { findRuntime, installedRuntimes, removeRuntime } from './installed-runtimes'
import { createStateFeed, type StateFeed } from './state-feed'

export interface RuntimeControlDeps {
  /** Folder of all runtimes of the person, shared by workspaces; made when it is first needed. */
  readonly folder: string
  readonly configsDir: string
  readonly appVersion: string
  readonly logger: Logger
}

/** Runtimes beside the built-in one: at most one is installed at a time. */
export interface RuntimeControl {
  readonly feed: StateFeed<{ runtimes: RuntimePack[] }>
  list(): Promise<RuntimePack[]>
  /** Where an installed one is; null for the built-in one. Rejects with NOT_FOUND. */
  find(nameOrKind: string | undefined): Promise<RuntimeRef | null>
  /** The content of its pins; null for one that is neither pinned nor installed. */
  manifest(name: string): Promise<RuntimeManifest | null>
  /** Begins, and resolves with the name. Rejects with NOT_FOUND, CONFLICT, BAD_INPUT. */
  install(nameOrKind: string, indexUrl: string | null): Promise<string>
  cancel(name: string): Promise<void>
  remove(name: string): Promise<void>
  close(): Promise<void>
}

interface Active {
  readonly name: string
  readonly abort: AbortController
  progress: RuntimeProgress | null
  ended: Promise<void>
}

/** Name of the runtime that needs no installing. */
export const BUILT_IN = 'built-in'

export function createRuntimeControl({ folder, configsDir, appVersion, logger }: RuntimeControlDeps): RuntimeControl {
  let active: Active | null = null
  const problems = new Map<string, string>()

  const known = async (): Promise<{ manifest: RuntimeManifest; isInstalled: boolean }[]> => {
    const [pinned, installed] = await Promise.all([readCatalogue(configsDir), installedRuntimes(folder)])
    const has = (list: readonly RuntimeManifest[], name: string): boolean => list.some((one) => one.name === name)
    return [
      ...installed.map((manifest) => ({ manifest, isInstalled: true })),
      ...pinned.filter(({ name }) => !has(installed, name)).map((manifest) => ({ manifest, isInstalled: false })),
    ]
  }

  const packOf = async ({ manifest, isInstalled }: { manifest: RuntimeManifest; isInstalled: boolean }): Promise<RuntimePack> => {
    const { name, title, description, kind, tensorflow, unpacked_bytes: unpackedBytes } = manifest
    const running = active?.name === name ? active : null
    const status = running !== null ? 'installing' : isInstalled ? 'installed' : (await exists(unfinishedFolder(folder, name))) ? 'unfinished' : 'available'
    return {
      name,
      title,
      description,
      kind,
      tensorflow,
      status,
      folder: isInstalled ? join(folder, name) : null,
      downloadBytes: downloadBytes(manifest),
      unpackedBytes,
      fetchedBytes: isInstalled ? downloadBytes(manifest) : (running?.progress?.done ?? (await fetchedBytes(manifest, folder))),
      progress: running?.progress ?? null,
      problem: problems.get(name) ?? null,
    }
  }

  const builtInPack: RuntimePack = {
    name: BUILT_IN,
    title: 'Built in',
    description: 'libtensorflow as it comes with the program. It computes on the CPU unless FRACBITS_TF_DIR named another one at set-up.',
    kind: 'cpu',
    tensorflow: null,
    status: 'built-in',
    folder: null,
    downloadBytes: 0,
    unpackedBytes: 0,
    fetchedBytes: 0,
    progress: null,
    problem: null,
  }
  const list = async (): Promise<RuntimePack[]> => [builtInPack, ...(await Promise.all((await known()).map(packOf)))]
  const feed = createStateFeed(async () => ({ runtimes: await list() }))

  const lockFolder = async (): Promise<WorkspaceLock> => {
    await mkdir(folder, { recursive: true })
    const outcome = await acquireWorkspaceLock(folder, { endpoint: '', token: '', app: `FracBits Studio ${appVersion}` })
    if ('lock' in outcome) return outcome.lock
    throw new StudioError('CONFLICT', `Another FracBits Studio (process ${outcome.heldBy.pid}) is changing the runtimes in ${folder}. Try again when it is done.`)
  }

  const requireIdle = (): void => {
    if (active !== null) throw new StudioError('CONFLICT', `The runtime ${active.name} is being installed. Wait until it is there, or cancel that first.`)
  }

  return {
    feed,
    list,
    find: async (nameOrKind) => (nameOrKind === undefined || nameOrKind === BUILT_IN ? null : findRuntime(folder, nameOrKind, () => readCatalogue(configsDir))),
    manifest: async (name) => (await known()).find(({ manifest }) => manifest.name === name)?.manifest ?? null,

    async install(nameOrKind, indexUrl) {
      requireIdle()
      const all = await known()
      const choice = all.find(({ manifest }) => manifest.name === nameOrKind) ?? all.findLast(({ manifest }) => manifest.kind === nameOrKind)
      if (choice === undefined) {
        const names = all.map(({ manifest }) => manifest.name).join(', ')
        throw new StudioError('NOT_FOUND', `There is no runtime "${nameOrKind}" for this machine. ${names === '' ? 'None is pinned for it.' : `There is ${names}.`}`)
      }
      const { manifest, isInstalled } = choice
      const { name } = manifest
      if (isInstalled) throw new StudioError('CONFLICT', `The runtime ${name} is installed already. "${installation().command} runtime remove ${name}" removes it.`)
      const index = await indexAddress(indexUrl)
      const lock = await lockFolder()
      requireIdle()
      const abort = new AbortController()
      const mine: Active = { name, abort, progress: null, ended: Promise.resolve() }
      active = mine
      problems.delete(name)
      const onProgress = (progress: RuntimeProgress): void => {
        mine.progress = progress
        feed.changed()
      }
      mine.ended = installRuntime({ manifest, folder, index, signal: abort.signal, onProgress })
        .then(
          () => logger.info('runtime installed', { name }),
          (error: unknown) => {
            const { code, message } = toErrorShape(error)
            if (code !== 'CANCELLED') problems.set(name, message)
            logger.warn('runtime not installed', { name, code, message })
          },
        )
        .then(() => lock.release())
        .catch((error: unknown) => logger.error('the lock of the runtimes was not released', { error }))
        .finally(() => {
          active = null
          feed.changed()
        })
      feed.changed()
      return name
    },

    async cancel(name) {
      if (active?.name !== name) return
      const { abort, ended } = active
      abort.abort(new StudioError('CANCELLED', 'Installing was cancelled; what was fetched is kept.'))
      await ended
    },

    async remove(name) {
      requireIdle()
      const lock = await lockFolder()
      try {
        await removeRuntime(folder, name)
        problems.delete(name)
      } finally {
        await lock.release()
        feed.changed()
      }
    },

    async close() {
      if (active !== null) await this.cancel(active.name)
    },
  }
}
