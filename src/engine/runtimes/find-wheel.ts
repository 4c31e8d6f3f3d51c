import { z } from 'zod'
import { StudioError } from '../../contract/errors'
import type { Wheel } from './catalogue'
import type { IndexAddress } from './index-address'

const ANSWER_LIMIT_MS = 60_000
const JSON_TYPE = 'application/vnd.pypi.simple.v1+json'
const Project = z.object({ files: z.array(z.object({ filename: z.string(), url: z.string() })) })
const LINK = /<a\s[^>]*?href\s*=\s*(?:"([^"]*)"|'([^']*)')/gi

export const unreachable = (what: string, cause?: unknown): StudioError =>
  new StudioError('RUNTIME_MISSING', `${what} What was fetched is kept: check the network and the address of the package index, and install it again to go on.`, { cause })

/** A password goes to the index that it belongs to and nowhere else. */
export const headersFor = (address: string, index: IndexAddress): Record<string, string> =>
  index.authorization !== null && new URL(address).origin === new URL(index.url).origin ? { authorization: index.authorization } : {}

export const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message || error.message : error.message
}

/**
 * Address of a wheel in a package index of the "simple repository API" (PEP 503 pages, or PEP 691 as JSON). Only the address is taken from there;
 * size and checksum are our own. Rejects with RUNTIME_MISSING where the index does not answer or has no such file.
 */
export async function findWheel(wheel: Pick<Wheel, 'project' | 'file'>, index: IndexAddress, signal: AbortSignal): Promise<string> {
  const page = new URL(`${wheel.project}/`, index.url).href
  const host = new URL(page).host
  let response: Response
  let text: string
  try {
    response = await fetch(page, {
      headers: { accept: `${JSON_TYPE}, text/html;q=0.5`, ...headersFor(page, index) },
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_LIMIT_MS)]),
    })
    text = await response.text()
  } catch (error) {
    signal.throwIfAborted()
    throw unreachable(`The package index ${host} could not be asked for ${wheel.project} (${reasonOf(error)}).`, error)
  }
  if (!response.ok) throw unreachable(`The package index ${host} does not give out ${wheel.project} (it answered ${response.status}).`)
  const isJson = (response.headers.get('content-type') ?? '').includes('json')
  const link = isJson ? linkInJson(text, wheel.file) : linkInPage(text, wheel.file)
  if (link === null) throw unreachable(`The package index ${host} has no ${wheel.file}.`)
  return new URL(link, response.url).href
}

function linkInJson(text: string, file: string): string | null {
  try {
    return Project.parse(JSON.parse(text)).files.find(({ filename }) => filename === file)?.url ?? null
  } catch (error) {
    throw unreachable('The package index answered with something unreadable.', error)
  }
}

function linkInPage(text: string, file: string): string | null {
  for (const [, double, single] of text.matchAll(LINK)) {
    const link = (double ?? single ?? '').replaceAll('&amp;', '&')
    if (nameIn(link) === file) return link
  }
  return null
}

function nameIn(link: string): string {
  const name = link.split(/[?#]/)[0]?.split('/').at(-1) ?? ''
  try {
    return decodeURIComponent(name)
  } catch {
    // A stray percent sign: none of ours has one.
    return name
  }
}
