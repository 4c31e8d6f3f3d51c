import { BrowserWindow, nativeTheme, screen } from 'electron'
import { APP_ORIGIN } from './app-protocol'
import { type WindowStateFile, visibleBounds } from './window-state'

export interface WindowDeps {
  readonly preload: string
  readonly state: WindowStateFile
}

/** The one window, still empty: sandboxed, isolated, without Node; shown once it has something to show. */
export function createWindow(deps: WindowDeps): BrowserWindow {
  const { bounds, maximized, zoom } = deps.state.get()
  const place = visibleBounds(
    bounds,
    screen.getAllDisplays().map((d) => d.workArea),
  )
  const window = new BrowserWindow({
    width: 1280,
    height: 820,
    ...(place ?? {}),
    minWidth: 760,
    minHeight: 520,
    show: false,
    title: 'FracBits Studio',
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#16181d' : '#ffffff',
    webPreferences: {
      preload: deps.preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
    },
  })
  if (maximized) window.maximize()
  window.once('ready-to-show', () => window.show())
  window.webContents.on('did-finish-load', () => {
    if (!window.isDestroyed()) window.webContents.setZoomFactor(deps.state.get().zoom)
  })
  window.webContents.setZoomFactor(zoom)
  return window
}

export async function loadPage(window: BrowserWindow): Promise<void> {
  try {
    await window.loadURL(`${APP_ORIGIN}/`)
  } catch (error) {
    // A link followed while the page still loads aborts this promise, although the navigation is refused and the page stays.
    if (!isAborted(error)) throw error
  }
}

const isAborted = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ERR_ABORTED'

export function rememberWindow(window: BrowserWindow, state: WindowStateFile): void {
  state.update({ bounds: window.getNormalBounds(), maximized: window.isMaximized() })
}

/** Brings the window to the person, for instance when the app is started a second time. */
export function showWindow(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore()
  window.show()
  window.focus()
}
