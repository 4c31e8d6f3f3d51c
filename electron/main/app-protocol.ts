import { protocol } from 'electron'
import { contentSecurityPolicy } from '../../src/server/content-security-policy'
import { readStaticFile } from '../../src/server/static-files'
import type { Logger } from '../../src/util/logger'

export const APP_SCHEME = 'app'
export const APP_ORIGIN = `${APP_SCHEME}://ui`

/** Must run before the app is ready. `standard` gives the page a real origin; nothing may bypass its policy. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } }])
}

/** Answers `app://ui/...` from the page's folder and from nowhere else. */
export function serveAppProtocol(root: string, logger: Logger): void {
  const headers = {
    'Content-Security-Policy': contentSecurityPolicy({ connect: [] }),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
  }
  protocol.handle(APP_SCHEME, async (request) => {
    const url = new URL(request.url)
    const file = request.method === 'GET' && `${url.protocol}//${url.host}` === APP_ORIGIN ? await readStaticFile(root, url.pathname) : null
    if (file === null) {
      logger.warn('page asked for a file that is not there', { url: request.url, method: request.method })
      return new Response('Not found', { status: 404, headers })
    }
    return new Response(new Uint8Array(file.body), { headers: { ...headers, 'Content-Type': file.contentType } })
  })
}

/** Whether an address belongs to the page we ship. */
export function isAppUrl(url: string): boolean {
  return URL.canParse(url) && new URL(url).protocol === `${APP_SCHEME}:` && new URL(url).host === 'ui'
}
