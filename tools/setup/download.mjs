import { createWriteStream, existsSync, renameSync, rmSync, statSync } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { digestOfFile } from './checksum.mjs'

const ANSWER_LIMIT_MS = 8_000

/**
 * Downloads a file and verifies it before it gets its name. A part left by an interrupted download is continued.
 * Rejects with an Error whose message names the reason.
 */
export async function download(url, file, { algorithm, digest }) {
  if (existsSync(file) && (await digestOfFile(file, algorithm)) === digest) return
  const part = `${file}.part`
  const have = existsSync(part) ? statSync(part).size : 0
  const waiting = new AbortController()
  const timer = setTimeout(() => waiting.abort(new Error(`${new URL(url).host} did not answer within ${ANSWER_LIMIT_MS / 1000} s`)), ANSWER_LIMIT_MS)
  let response
  try {
    response = await fetch(url, { signal: waiting.signal, headers: have > 0 ? { range: `bytes=${have}-` } : {} })
  } catch (error) {
    throw new Error(waiting.signal.aborted ? waiting.signal.reason.message : `${new URL(url).host} cannot be reached`, { cause: error })
  } finally {
    clearTimeout(timer)
  }
  // 416: the part already holds everything; anything else but 200 and 206 is a refusal
  if (response.status !== 416) {
    if (!response.ok || !response.body) throw new Error(`${new URL(url).host} answered ${response.status}`)
    await pipeline(Readable.fromWeb(response.body), createWriteStream(part, { flags: response.status === 206 ? 'a' : 'w' }))
  }
  if ((await digestOfFile(part, algorithm)) !== digest) {
    rmSync(part)
    throw new Error(`${new URL(url).host} sent a file with another checksum than the published one`)
  }
  renameSync(part, file)
}
