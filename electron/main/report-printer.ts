import { BrowserWindow, session, type Session } from 'electron'
import type { Logger } from '../../src/util/logger'
import { APP_SCHEME } from './app-protocol'
import { restrictSession } from './security'

/** Not the origin of the page: what lies here may call nothing. */
const ORIGIN = `${APP_SCHEME}://report`
const HEADERS = { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'", 'X-Content-Type-Options': 'nosniff' }

/** Chromium fills in the numbers. */
const PAGE_NUMBER =
  '<div style="width: 100%; padding-right: 14mm; color: #5b6570; font: 10px system-ui, sans-serif; text-align: right"><span class="pageNumber"></span> / <span class="totalPages"></span></div>'

/**
 * Makes PDFs of pages that need nothing beside themselves. Each is laid out in a hidden window of its own: sandboxed, without script, without a
 * preload script, in a session that lives in memory and reaches no address but the page itself.
 */
export class ReportPrinter {
  private readonly pages = new Map<string, string>()
  private own: Session | null = null
  private made = 0

  constructor(private readonly logger: Logger) {}

  /** A PDF in the size and margins that the page's own style asks for. */
  async print(html: string): Promise<Buffer> {
    const address = `${ORIGIN}/${String(++this.made)}`
    this.pages.set(address, html)
    const window = new BrowserWindow({
      show: false,
      webPreferences: { session: this.session(), sandbox: true, contextIsolation: true, nodeIntegration: false, javascript: false, webviewTag: false, spellcheck: false },
    })
    try {
      await window.loadURL(address)
      return await window.webContents.printToPDF({ preferCSSPageSize: true, displayHeaderFooter: true, headerTemplate: '<span></span>', footerTemplate: PAGE_NUMBER, generateTaggedPDF: true, generateDocumentOutline: true })
    } finally {
      window.destroy()
      this.pages.delete(address)
    }
  }

  private session(): Session {
    if (this.own !== null) return this.own
    const own = session.fromPartition('report', { cache: false })
    restrictSession(own, this.logger)
    own.webRequest.onBeforeRequest(({ url }, answer) => answer({ cancel: !this.pages.has(url) }))
    own.protocol.handle(APP_SCHEME, ({ url }) => {
      const html = this.pages.get(url)
      return html === undefined ? new Response('Not found', { status: 404 }) : new Response(html, { headers: HEADERS })
    })
    this.own = own
    return own
  }
}
