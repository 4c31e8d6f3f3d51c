import { type App, type Session, shell } from 'electron'
import type { Logger } from '../../src/util/logger'
import { isAppUrl } from './app-protocol'

/** Denies pages everything they do not need: other pages, windows, guests, permissions, downloads. */
export function restrictWebContents(app: App, logger: Logger): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.setWindowOpenHandler(({ url }) => {
      void openInBrowser(url, logger)
      return { action: 'deny' }
    })
    const refuse = (event: { preventDefault(): void; url: string }): void => {
      if (isAppUrl(event.url)) return
      event.preventDefault()
      logger.warn('navigation refused', { url: event.url })
    }
    // Comes for the page itself as well as for frames in it, before `will-navigate`.
    contents.on('will-frame-navigate', refuse)
    contents.on('will-redirect', refuse)
    contents.on('will-attach-webview', (event) => event.preventDefault())
  })
}

/** Grants a session's pages nothing. The default session has to exist: once the app is ready. */
export function restrictSession(own: Session, logger: Logger): void {
  own.setPermissionRequestHandler((_contents, permission, callback) => {
    logger.warn('permission refused', { permission })
    callback(false)
  })
  own.setPermissionCheckHandler(() => false)
  own.setDevicePermissionHandler(() => false)
  own.on('will-download', (event) => event.preventDefault())
}

/** Links of the page to the web open in the person's browser; every other kind of address is refused. */
export async function openInBrowser(url: string, logger: Logger): Promise<boolean> {
  const protocol = URL.canParse(url) ? new URL(url).protocol : ''
  if (protocol !== 'https:' && protocol !== 'http:') {
    logger.warn('address not opened', { url })
    return false
  }
  await shell.openExternal(url)
  return true
}
