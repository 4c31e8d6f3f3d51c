import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DesktopApp, launchDesktopApp } from './support/desktop-app'
import { evalOutcome } from './support/eval-outcome'
import { freshWorkspace, root } from './support/places'

let place: Awaited<ReturnType<typeof freshWorkspace>>
let desktop: DesktopApp

beforeAll(async () => {
  place = await freshWorkspace()
  desktop = await launchDesktopApp({ workspace: place.workspace })
})
afterAll(async () => {
  await desktop.close()
  await place.remove()
})

interface Watched {
  nextNavigation?: Promise<boolean>
  nextDownload?: Promise<boolean>
  opened?: string[]
}

/** Clicks a link of the page and says whether main prevented the navigation. */
async function followLink(address: string): Promise<boolean> {
  await desktop.app.evaluate(({ BrowserWindow }) => {
    ;(globalThis as Watched).nextNavigation = new Promise((resolve) => {
      BrowserWindow.getAllWindows()[0]?.webContents.once('will-frame-navigate', (event) => setImmediate(() => resolve(event.defaultPrevented)))
    })
  })
  await clickLink(address)
  return desktop.app.evaluate(() => (globalThis as Watched).nextNavigation ?? false)
}

const clickLink = (address: string): Promise<void> =>
  desktop.page.evaluate((to) => {
    const link = Object.assign(document.createElement('a'), { href: to })
    document.body.append(link)
    link.click()
    link.remove()
  }, address)

describe('the page can not leave its place', () => {
  it.each(['https://example.com/', 'http://127.0.0.1:9/', 'app://other/index.html'])('to %s', async (address) => {
    expect(await followLink(address)).toBe(true)
    expect(desktop.page.url()).toMatch(/^app:\/\/ui\//)
  })

  it('to a file: Chromium itself does not even ask', async () => {
    const said = desktop.page.waitForEvent('console', (message) => message.text().includes('Not allowed to load local resource'))
    await clickLink('file:///etc/passwd')
    await said
    expect(desktop.page.url()).toMatch(/^app:\/\/ui\//)
  })

  it.each(['file:///etc/passwd', 'data:text/html,x', 'app://ui/'])('nor open a window for %s', async (address) => {
    expect(await desktop.page.evaluate((to) => window.open(to) === null, address)).toBe(true)
    expect(await desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1)
  })

  it('nor be framed, not even by itself', async () => {
    const directive = await desktop.page.evaluate(
      () =>
        new Promise((resolve) => {
          addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective), { once: true })
          const frame = Object.assign(document.createElement('iframe'), { src: 'app://ui/index.html' })
          document.body.append(frame)
        }),
    )
    expect(directive).toBe('frame-src')
  })

  it('nor download anything', async () => {
    await desktop.app.evaluate(({ session }) => {
      ;(globalThis as Watched).nextDownload = new Promise((resolve) => {
        session.defaultSession.once('will-download', (event) => setImmediate(() => resolve(event.defaultPrevented)))
      })
    })
    await desktop.page.evaluate(() => {
      const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(new Blob(['x'])), download: 'x.sh' })
      document.body.append(link)
      link.click()
      link.remove()
    })
    expect(await desktop.app.evaluate(() => (globalThis as Watched).nextDownload)).toBe(true)
  })

  it('and opens only links to the web in the browser', async () => {
    const addresses = [
      'https://example.com/a',
      'http://example.com/b',
      'file:///etc/passwd',
      'javascript:alert(1)',
      'smb://host/share',
      'vscode://x',
      'data:text/html,x',
      'nonsense',
    ]
    await desktop.app.evaluate(({ shell }) => {
      const opened: string[] = []
      ;(globalThis as Watched).opened = opened
      Object.assign(shell, {
        openExternal: (url: string) => {
          opened.push(url)
          return Promise.resolve()
        },
      })
    })
    for (const address of addresses) await desktop.page.evaluate((to) => window.open(to) === null, address)
    expect(await desktop.app.evaluate(() => (globalThis as Watched).opened)).toEqual(['https://example.com/a', 'http://example.com/b'])
    expect(await desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1)
  })

  it('and is granted no permission', async () => {
    expect(await desktop.page.evaluate(() => Notification.requestPermission())).toBe('denied')
    expect(
      await desktop.page.evaluate(
        () =>
          new Promise((resolve) =>
            navigator.geolocation.getCurrentPosition(
              () => resolve('granted'),
              (error) => resolve(error.code),
            ),
          ),
      ),
    ).toBe(1)
    expect(
      await desktop.page.evaluate(() =>
        navigator.mediaDevices.getUserMedia({ audio: true }).then(
          () => 'granted',
          (error: Error) => error.name,
        ),
      ),
    ).toMatch(/NotAllowedError|NotFoundError/)
  })
})

describe('app:// has the files of the page and nothing else', () => {
  it.each([
    '/%2e%2e/main/index.js',
    '/..%2fmain%2findex.js',
    '/..%5cmain%5cindex.js',
    '/assets/..%2f..%2fmain/index.js',
    '/%2e%2e%2f%2e%2e%2fpackage.json',
    '/etc/passwd',
  ])('at %s', async (path) => {
    expect(await desktop.page.evaluate((at) => fetch(`app://ui${at}`).then((response) => response.status), path)).toBe(404)
  })

  it('and answers only to GET', async () => {
    expect(await desktop.page.evaluate(() => fetch('app://ui/', { method: 'POST' }).then((response) => response.status))).toBe(404)
  })

  it('with a policy that is in force', async () => {
    const policy = await desktop.page.evaluate(() => fetch('app://ui/').then((response) => response.headers.get('content-security-policy')))
    expect(policy).toContain("default-src 'none'; script-src 'self'")
    const tried = await desktop.page.evaluate(async () => {
      const attempt = async (run: () => unknown): Promise<string> => {
        try {
          await run()
          return 'done'
        } catch (error) {
          return error instanceof Error ? error.name : String(error)
        }
      }
      return {
        markup: await attempt(() => document.createElement('div').insertAdjacentHTML('beforeend', '<b>x</b>')),
        network: await attempt(() => fetch('http://127.0.0.1:9/')),
        socket: await attempt(
          () =>
            new Promise((resolve, reject) => {
              addEventListener('securitypolicyviolation', (event) => reject(new Error(event.effectiveDirective)), { once: true })
              new WebSocket('ws://127.0.0.1:9/').onopen = resolve
            }),
        ),
      }
    })
    expect(await desktop.page.evaluate(evalOutcome)).toBe('EvalError')
    expect(tried).toEqual({ markup: 'TypeError', network: 'TypeError', socket: 'Error' })
  })
})

describe('the page has no way to the system but the native calls', () => {
  it('sees nothing of Node or Electron', async () => {
    expect(
      await desktop.page.evaluate(() =>
        ['require', 'process', 'module', 'Buffer', 'electron', 'ipcRenderer', '__dirname'].filter((name) => name in globalThis),
      ),
    ).toEqual([])
  })

  it('runs in a sandboxed, isolated process', async () => {
    const preferences = await desktop.app.evaluate(({ webContents }) => {
      const contents = webContents.getAllWebContents().find((one) => one.getType() === 'window')
      return (contents as unknown as { getLastWebPreferences(): Record<string, unknown> }).getLastWebPreferences()
    })
    expect(preferences).toMatchObject({ sandbox: true, contextIsolation: true, nodeIntegration: false, webviewTag: false })
  })

  it('has exactly these calls', async () => {
    expect(await desktop.page.evaluate(() => Object.keys((globalThis as unknown as { studio: object }).studio).sort())).toEqual([
      'actOnUpdate',
      'changeSettings',
      'chooseFile',
      'chooseFolder',
      'choosePlace',
      'connectEngine',
      'getSettings',
      'getTheme',
      'onClosing',
      'onMenuAction',
      'onOpenBundle',
      'onOpenRun',
      'onSettings',
      'openRunFolder',
      'pathOf',
      'platform',
      'saveReportPdf',
      'saveText',
      'setTheme',
      'zoom',
    ])
  })

  it.each([
    ['setTheme', 'pink'],
    ['openRunFolder', '../../etc'],
    ['openRunFolder', { toString: 'x' }],
    ['chooseFolder', { title: 'x', properties: ['openFile'] }],
    ['chooseFile', { title: 'x', endings: ['*'] }],
    ['chooseFile', { title: 'x', endings: ['zip'], properties: ['openDirectory'] }],
    ['choosePlace', { title: 'x', fileName: '../x.zip' }],
    ['connectEngine', ''],
    ['saveText', { title: 'x', fileName: '../x.json', text: 'x' }],
    ['saveText', { title: 'x', fileName: 'x.json', text: 'x', path: '/tmp' }],
    ['saveReportPdf', { title: 'x', fileName: '../x.pdf', runId: 'abcdefghijkl' }],
    ['saveReportPdf', { title: 'x', fileName: 'x.pdf', runId: '../../etc' }],
    ['saveReportPdf', { title: 'x', fileName: 'x.pdf', runId: 'abcdefghijkl', html: '<p>x' }],
    ['zoom', 'huge'],
    ['changeSettings', { whenClosing: 'never' }],
    ['changeSettings', { updateFeed: 'https://example.com/', theme: 'dark' }],
    ['changeSettings', { checkAtStart: 'yes' }],
    ['actOnUpdate', 'install-now'],
  ])('%s refuses %j', async (name, value) => {
    const answer = await desktop.page.evaluate(
      ([call, argument]) =>
        (globalThis as unknown as { studio: Record<string, (value: unknown) => Promise<unknown>> }).studio[call as string]?.(argument).then(
          () => 'accepted',
          (error: Error) => error.message,
        ),
      [name, value] as const,
    )
    expect(answer).toContain('wrong argument')
  })

  it.each(['http://example.com/', 'file:///tmp/', 'https://ada:secret@example.com/', 'javascript:alert(1)'])('and takes no feed of updates at %s', async (updateFeed) => {
    const answer = await desktop.page.evaluate(
      (address) =>
        (globalThis as unknown as { studio: { changeSettings(change: unknown): Promise<unknown> } }).studio.changeSettings({ updateFeed: address }).then(
          () => 'accepted',
          (error: Error) => error.message,
        ),
      updateFeed,
    )
    expect(answer).toMatch(/over https|passwords/)
  })

  it('and a foreign page with the same preload script is refused', async () => {
    const answers = await desktop.app.evaluate(
      async ({ BrowserWindow }, preload) => {
        const window = new BrowserWindow({ show: false, webPreferences: { preload, sandbox: true, contextIsolation: true } })
        try {
          await window.loadURL('data:text/html,<title>foreign</title>')
          const call = (code: string): Promise<unknown> =>
            window.webContents.executeJavaScript(`${code}.then(() => 'accepted', (error) => error.message)`)
          return [await call('studio.getTheme()'), await call('studio.connectEngine("x")'), await call('studio.openRunFolder("abcdefgh")'), await call('studio.actOnUpdate("check")')]
        } finally {
          window.destroy()
        }
      },
      join(root, 'out/preload/index.cjs'),
    )
    for (const answer of answers) expect(answer).toContain('may not use the application')
  })
})
