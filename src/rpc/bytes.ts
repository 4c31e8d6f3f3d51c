/** How bytes look in a line of JSON. */
const MARK = '$bytes'

/** Characters that one call of `String.fromCharCode` may take. */
const CHUNK = 8192

/** A frame as a line of JSON, with bytes as base64; a line may have led it through others on its way. */
export const frameText = (frame: unknown): string =>
  JSON.stringify(frame, (_, value: unknown) => (value instanceof Uint8Array ? { [MARK]: toBase64(value) } : value))

/** A frame from a line of JSON, with bytes where they were. Throws a SyntaxError. */
export function parseFrame(text: string): unknown {
  const frame: unknown = JSON.parse(text)
  return text.includes(`"${MARK}":`) ? revive(frame) : frame
}

function revive(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revive)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
  const [first] = entries
  if (entries.length === 1 && first?.[0] === MARK && typeof first[1] === 'string') return fromBase64(first[1])
  return Object.fromEntries(entries.map(([key, entry]) => [key, revive(entry)]))
}

function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += CHUNK) text += String.fromCharCode(...bytes.subarray(at, at + CHUNK))
  return btoa(text)
}

function fromBase64(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  } catch {
    throw new SyntaxError('bytes are not base64')
  }
}
