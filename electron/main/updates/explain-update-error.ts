import { StudioError } from '../../../src/contract/errors'

/** What a person is told of a feed in which something is missing or wrong. */
export const UNUSABLE_FEED = "The feed is there, but can't be used. Tell whoever publishes it; the log has the details."

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')

/** Feeds in which something is missing or wrong. */
const UNUSABLE = /^ERR_UPDATER_(INVALID_|NO_|ASSET_|ZIP_)/

/** What electron-updater says, as a sentence for the person; the original goes along for the log. */
export function explainUpdateError(cause: unknown): StudioError {
  if (cause instanceof StudioError) return cause
  const code = codeOf(cause)
  const text = cause instanceof Error ? cause.message : String(cause)
  const [, status] = /^HTTP_ERROR_(\d+)$/.exec(code) ?? []
  const [network] = /net::ERR_\w+/.exec(text) ?? []
  const say = (kind: 'DATA_CORRUPT' | 'NOT_FOUND' | 'CONFLICT', sentence: string): StudioError => new StudioError(kind, sentence, { cause })
  if (code === 'ERR_CHECKSUM_MISMATCH')
    return say(
      'DATA_CORRUPT',
      'What was fetched is not what the feed describes (its sha512 differs), so it was thrown away. Try again, or tell whoever publishes the feed.',
    )
  if (code === 'ERR_UPDATER_CHANNEL_FILE_NOT_FOUND')
    return say('NOT_FOUND', 'There is no feed for this system at that address. Look whether it is written as it should be.')
  if (UNUSABLE.test(code)) return say('DATA_CORRUPT', UNUSABLE_FEED)
  if (status !== undefined)
    return say('NOT_FOUND', `The server of the feed refuses (HTTP ${status}). Look whether the address is right, or try again later.`)
  if (network === 'net::ERR_BLOCKED_BY_CLIENT')
    return say('DATA_CORRUPT', 'The feed leads to an address without https, which is not followed. Tell whoever publishes it.')
  if (network !== undefined) return say('CONFLICT', `The feed can't be reached (${network}). Look at the network and at the address, and try again.`)
  return say('CONFLICT', 'This step did not succeed. Try it again; the log has the details.')
}
