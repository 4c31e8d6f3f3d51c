import type { ApplicationSettings } from '../../../../src/contract/native'
import type { UpdateAction } from '../../../../src/contract/updates'
import { formatBytes } from '../../format/numbers'

export interface UpdateWords {
  readonly title: string
  readonly detail: string
  /** What a person can do next, the likely one first. */
  readonly actions: readonly { readonly id: UpdateAction; readonly label: string; readonly isNext?: true }[]
}

const CHECK = { id: 'check', label: 'Look for a new version' } as const
const DOWNLOAD = { id: 'download', label: 'Download', isNext: true } as const
const INSTALL = { id: 'install', label: 'Install and restart', isNext: true } as const

/** What the page says of an update, and the buttons under it. */
export function updateWords({ update, version }: ApplicationSettings): UpdateWords {
  const say = (title: string, detail: string, ...actions: UpdateWords['actions']): UpdateWords => ({ title, detail, actions })
  const own = `This is version ${version}.`
  switch (update.name) {
    case 'off':
      return say('Updates are off.', `${own} Nothing is asked of any server until a feed is named here.`)
    case 'impossible':
      return say(own, update.why)
    case 'idle':
      return update.checkedAt === null
        ? say(own, 'The feed has not been asked for a newer one yet.', CHECK)
        : say(own, `The feed has no newer one (asked at ${new Date(update.checkedAt).toLocaleTimeString()}).`, CHECK)
    case 'checking':
      return say(own, 'Asking the feed for a newer one…')
    case 'available': {
      const size = update.update.sizeBytes
      return say(
        `Version ${update.update.version} is there.`,
        `${own}${size === null ? '' : ` The download has ${formatBytes(size)}.`}`,
        DOWNLOAD,
        CHECK,
      )
    }
    case 'downloading':
      return say(`Version ${update.update.version} is being downloaded.`, `${formatBytes(update.doneBytes)} of ${formatBytes(update.totalBytes)}.`)
    case 'ready':
      return say(
        `Version ${update.update.version} is downloaded and checked.`,
        'To install it the application ends and starts again; no run is interrupted for it.',
        INSTALL,
        CHECK,
      )
    case 'waiting':
      return say(
        `Version ${update.update.version} is installed as soon as nothing is trained.`,
        `It waits for ${namesOf(update.runs)}. Then the application ends and starts again.`,
        { id: 'do-not-install', label: 'Do not install' },
      )
    case 'installing':
      return say(
        `Version ${update.update.version} is being installed.`,
        'The system may ask for your password. The application ends and starts again.',
      )
  }
}

const MOST_NAMED = 3
const namesOf = (runs: readonly string[]): string => {
  const named = runs.slice(0, MOST_NAMED).map((name) => `"${name}"`)
  const more = runs.length - named.length
  return more > 0 ? `${named.join(', ')} and ${more} more` : named.join(', ')
}
