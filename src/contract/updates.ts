/** A version that the feed names; `sizeBytes` is that of the file that would be fetched, null where the feed does not say. */
export interface FoundUpdate {
  readonly version: string
  /** Plain text, empty where there are none. */
  readonly notes: string
  readonly sizeBytes: number | null
}

/** How far an update of the application is. */
export type UpdateState =
  /** No feed is set: nothing is loaded, nothing is asked for. */
  | { readonly name: 'off' }
  /** The way in which this application came here can't be updated; `why` is a sentence. */
  | { readonly name: 'impossible'; readonly why: string }
  /** `checkedAt`: when the feed had nothing newer; null: it was not asked yet. */
  | { readonly name: 'idle'; readonly checkedAt: number | null }
  | { readonly name: 'checking' }
  | { readonly name: 'available' | 'ready' | 'installing'; readonly update: FoundUpdate }
  | { readonly name: 'downloading'; readonly update: FoundUpdate; readonly doneBytes: number; readonly totalBytes: number }
  /** The person wants it installed; these runs have to end first. */
  | { readonly name: 'waiting'; readonly update: FoundUpdate; readonly runs: readonly string[] }

export const UPDATE_ACTIONS = ['check', 'download', 'install', 'do-not-install'] as const
export type UpdateAction = (typeof UPDATE_ACTIONS)[number]

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/

/** Whether an updater may ask there: over https, or on this machine. */
export function isUpdateAddress(address: string): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, hostname } = new URL(address)
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname))
}

/** What is wrong with the address of a feed, a sentence; null for one that can be used. */
export function feedProblem(address: string): string | null {
  if (address.length > 2000 || !URL.canParse(address)) return 'This is no address. Write one such as https://example.com/fracbits-studio/.'
  if (!isUpdateAddress(address)) return 'A feed is only asked over https. Write its address with https:// in front.'
  const { username, password, search, hash } = new URL(address)
  if (username !== '' || password !== '') return 'Names and passwords do not belong in the address. Leave them out.'
  return search === '' && hash === '' ? null : 'The address is that of a folder. Leave out what follows "?" or "#".'
}
