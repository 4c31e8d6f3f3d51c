import { app, session } from 'electron'
import { z } from 'zod'
import { StudioError } from '../../../src/contract/errors'
import { isUpdateAddress } from '../../../src/contract/updates'
import { writeFileAtomic } from '../../../src/util/atomic-write'
import type { Logger } from '../../../src/util/logger'
import { explainUpdateError, UNUSABLE_FEED } from './explain-update-error'
import type { Updater } from './updates'
import type { Way } from './way-of-installation'

export interface LoadUpdaterOptions {
  readonly feed: string
  readonly way: Way
  /** File for what the updater reads at its start; it is written anew. */
  readonly configFile: string
  readonly logger: Logger
}

const ENDINGS: Readonly<Record<Way, string>> = { appimage: '.AppImage', deb: '.deb', nsis: '.exe', mac: '.zip' }
/** A name that no shell and no file system reads as something else: the Debian package is installed by a command line. */
const PLAIN_NAME = /^[\w][\w.+~-]{0,200}$/
const MOST_NOTES = 20_000
/** Of a feed only what is used; a file without sha512 is none. */
const UpdateInfo = z.object({
  version: z.string().max(100),
  releaseNotes: z.unknown(),
  files: z
    .array(z.object({ url: z.string().min(1).max(2000), sha512: z.string().min(1), size: z.number().min(0).optional() }))
    .min(1)
    .max(50),
})
/** electron-updater numbers its installations for staged publishing, which is not used here. */
const NOBODY = { 'x-user-staging-id': '00000000-0000-0000-0000-000000000000' }

/** electron-updater for one feed. Nothing of it is read before this is called; its requests go to https and this machine alone, redirected or not. */
export async function loadUpdater({ feed, way, configFile, logger }: LoadUpdaterOptions): Promise<Updater> {
  logger.info('updater loaded', { feed, way })
  await writeFileAtomic(configFile, JSON.stringify({ provider: 'generic', url: feed, updaterCacheDirName: 'fracbits-studio-updater' }))
  const { AppImageUpdater, DebUpdater, MacUpdater, NsisUpdater } = await import('electron-updater')
  session.fromPartition('electron-updater', { cache: false }).webRequest.onBeforeRequest((request, answer) => {
    const isAllowed = isUpdateAddress(request.url)
    if (!isAllowed) logger.warn('address refused to the updater', { url: request.url })
    answer({ cancel: !isAllowed })
  })
  const updater = new { appimage: AppImageUpdater, deb: DebUpdater, nsis: NsisUpdater, mac: MacUpdater }[way]()
  updater.logger = {
    info: (text: unknown) => logger.info('updater', { text: String(text) }),
    warn: (text: unknown) => logger.warn('updater', { text: String(text) }),
    error: (text: unknown) => logger.error('updater', { text: String(text) }),
  }
  updater.autoDownload = false
  updater.autoInstallOnAppQuit = false
  updater.allowDowngrade = false
  updater.disableWebInstaller = true
  updater.disableDifferentialDownload = true
  updater.isUserWithinRollout = () => true
  updater.requestHeaders = NOBODY
  updater.forceDevUpdateConfig = !app.isPackaged
  updater.updateConfigPath = configFile

  let onProgress: (doneBytes: number, totalBytes: number) => void = () => undefined
  updater.on('download-progress', ({ transferred, total }) => onProgress(transferred, total))
  const explained = async <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw explainUpdateError(error)
    })

  return {
    async check() {
      const result = await explained(updater.checkForUpdates())
      if (result === null || !result.isUpdateAvailable) return null
      const info = UpdateInfo.safeParse(result.updateInfo)
      if (!info.success) throw new StudioError('DATA_CORRUPT', UNUSABLE_FEED, { cause: info.error })
      const { version, files, releaseNotes } = info.data
      const file = files.find(({ url }) => url.endsWith(ENDINGS[way]))
      if (file === undefined)
        throw new StudioError('NOT_FOUND', `The feed has version ${version}, but no ${ENDINGS[way]} file of it. Tell whoever publishes the feed.`)
      if (!files.every(({ url }) => PLAIN_NAME.test(fileNameOf(url, feed))))
        throw new StudioError('DATA_CORRUPT', `A file of version ${version} has a name that is not used. Tell whoever publishes the feed.`)
      return { version, notes: typeof releaseNotes === 'string' ? releaseNotes.slice(0, MOST_NOTES) : '', sizeBytes: file.size ?? null }
    },
    async download(tell) {
      onProgress = tell
      await explained(updater.downloadUpdate())
    },
    async install() {
      const failures: unknown[] = []
      const remember = (error: Error): void => void failures.push(error)
      updater.on('error', remember)
      // Linux and Windows: this returns when the new version is in place, and the application ends after it.
      updater.quitAndInstall(false, true)
      updater.off('error', remember)
      if (failures.length > 0) throw explainUpdateError(failures[0])
    },
  }
}

/** Decoded, as it will be called on the disk. */
function fileNameOf(url: string, feed: string): string {
  const { pathname } = new URL(url, feed.endsWith('/') ? feed : `${feed}/`)
  return decodeURIComponent(pathname).split('/').at(-1) ?? ''
}
