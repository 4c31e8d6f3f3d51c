import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BrowserApp, openInChromium, type RunningServe, startServe } from './support/browser-app'
import { evalOutcome } from './support/eval-outcome'
import { freshWorkspace } from './support/places'

let place: Awaited<ReturnType<typeof freshWorkspace>>
let serve: RunningServe
let chromium: BrowserApp

beforeAll(async () => {
  place = await freshWorkspace()
  serve = await startServe({ workspace: place.workspace })
  chromium = await openInChromium('about:blank')
})
afterAll(async () => {
  await chromium.close()
  await serve.close()
  await place.remove()
})

/** Opens the line to the engine from whatever page is shown, sends `first`, and says how it went. */
const openLine = (address: string, first: string): Promise<string> =>
  chromium.page.evaluate(
    ([to, message]) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(to)
        socket.onopen = () => socket.send(message)
        socket.onmessage = (event) => resolve(String(event.data))
        socket.onclose = (event) => resolve(`closed ${event.code}`)
      }),
    [address, first] as const,
  )

describe('a real browser at the served address', () => {
  const at = (): { url: URL; line: string; token: string } => {
    const url = new URL(serve.url)
    return { url, line: `ws://${url.host}/engine`, token: url.hash.replace('#token=', '') }
  }
  const proof = (token: string): string => JSON.stringify({ kind: 'authenticate', token })

  it('gets a line with the right token from the page itself', async () => {
    await chromium.page.goto(`${at().url.origin}/`)
    expect(await openLine(at().line, proof(at().token))).toBe('{"kind":"authenticated"}')
  })

  it('gets none with another token', async () => {
    await chromium.page.goto(`${at().url.origin}/`)
    expect(await openLine(at().line, proof('A'.repeat(43)))).toBe('closed 1008')
  })

  it('gets none from a page of another origin, even with the token', async () => {
    await chromium.page.goto('data:text/html,<title>other site</title>')
    expect(await openLine(at().line, proof(at().token))).toBe('closed 1006')
  })

  it('gets nothing under another host name that leads here', async () => {
    // A page of its own: a failed load leaves an error page behind that may still be arriving when the next one is asked for.
    const page = await chromium.browser.newPage()
    const response = await page.goto(`http://localhost.localdomain:${at().url.port}/`).catch(() => null)
    expect(response === null || response.status() === 403).toBe(true)
    await page.close()
  })

  it('runs no script but its own, and leaves no token in requests or history entries sent to the server', async () => {
    const requests: string[] = []
    chromium.page.on('request', (request) => requests.push(request.url()))
    await chromium.page.goto(serve.url)
    expect(requests.some((url) => url.startsWith(at().url.origin))).toBe(true)
    expect(requests.filter((url) => new URL(url).search !== '' || new URL(url).pathname.includes(at().token))).toEqual([])
    expect(await chromium.page.evaluate(evalOutcome)).toBe('EvalError')
  })
})
