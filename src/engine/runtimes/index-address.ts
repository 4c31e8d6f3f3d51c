import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { StudioError } from '../../contract/errors'

const PIP_LIMIT_MS = 20_000
/** pip's own reading of its configuration files, environment and default: the address that `pip download` would ask. */
const ASK_PIP = "from pip._internal.commands import create_command\nprint(create_command('download').parse_args([])[0].index_url)"

/** Where a package index is, and what it wants to hear first. */
export interface IndexAddress {
  /** Ends in a slash; without a password. */
  readonly url: string
  readonly authorization: string | null
}

/**
 * The Python package index to fetch from: `given`, else FRACBITS_INDEX_URL, else what pip uses. Rejects with BAD_INPUT where none is known or the
 * address is none of http or https.
 */
export async function indexAddress(given: string | null, env: Readonly<Record<string, string | undefined>> = process.env): Promise<IndexAddress> {
  const text = given ?? (env['FRACBITS_INDEX_URL'] || env['PIP_INDEX_URL'] || (await askPip(env)))
  if (text === null)
    throw new StudioError('BAD_INPUT', 'No Python package index is known, since pip is not installed. Give its address with --index-url, or set FRACBITS_INDEX_URL.')
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new StudioError('BAD_INPUT', 'The address of the package index is no web address (http or https). Give another one with --index-url, or set FRACBITS_INDEX_URL.')
  const authorization =
    url.username === '' ? null : `Basic ${Buffer.from(`${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`).toString('base64')}`
  url.username = url.password = url.search = url.hash = ''
  return { url: url.href.endsWith('/') ? url.href : `${url.href}/`, authorization }
}

async function askPip(env: Readonly<Record<string, string | undefined>>): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('python3', ['-c', ASK_PIP], { timeout: PIP_LIMIT_MS, env: { ...env } })
    return stdout.trim().split('\n').at(-1) || null
  } catch {
    // No Python, or one without pip: nobody here knows an index.
    return null
  }
}
