const KEY = 'fracbits-engine-token'

/**
 * Takes the access token out of the address (`#token=...`), so that it is neither shown, bookmarked nor mistaken for a route,
 * and keeps it for reloads of this tab. Null where none was ever given.
 */
export function takeToken(location: Location, history: History, storage: Storage): string | null {
  const match = /^#token=([^&]+)(?:&(.*))?$/.exec(location.hash)
  if (match?.[1] === undefined) return storage.getItem(KEY)
  const token = decodeURIComponent(match[1])
  storage.setItem(KEY, token)
  const route = match[2] === undefined || match[2] === '' ? '#/' : `#${match[2]}`
  history.replaceState(history.state, '', `${location.pathname}${location.search}${route}`)
  return token
}
