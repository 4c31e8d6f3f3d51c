import { contextBridge, ipcRenderer, webUtils } from 'electron'
import { type ApplicationSettings, ENGINE_PORT_MESSAGE, type EnginePortMessage, MENU_ACTIONS, type OpenedBundle, type StudioNative } from '../../src/contract/native'
import { NATIVE } from '../messages/native-channels'

/** The page's side of this script's world; DOM types stay out of the Node project. */
declare const window: { postMessage(message: EnginePortMessage, targetOrigin: string, transfer: readonly unknown[]): void }
declare const location: { readonly origin: string }

/** Files of the page arrive as such; anything else has no path. */
const isFile = (value: object): value is Parameters<typeof webUtils.getPathForFile>[0] => Object.prototype.toString.call(value) === '[object File]'

const platforms = ['linux', 'darwin', 'win32'] as const

const native: StudioNative = {
  platform: platforms.find((name) => name === process.platform) ?? 'other',
  connectEngine: (requestId) => ipcRenderer.invoke(NATIVE.connectEngine, requestId),
  chooseFolder: (options) => ipcRenderer.invoke(NATIVE.chooseFolder, options),
  chooseFile: (options) => ipcRenderer.invoke(NATIVE.chooseFile, options),
  choosePlace: (options) => ipcRenderer.invoke(NATIVE.choosePlace, options),
  saveText: (options) => ipcRenderer.invoke(NATIVE.saveText, options),
  saveReportPdf: (options) => ipcRenderer.invoke(NATIVE.saveReportPdf, options),
  pathOf: (file) => (isFile(file) ? webUtils.getPathForFile(file) : ''),
  openRunFolder: (runId) => ipcRenderer.invoke(NATIVE.openRunFolder, runId),
  setTheme: (theme) => ipcRenderer.invoke(NATIVE.setTheme, theme),
  getTheme: () => ipcRenderer.invoke(NATIVE.getTheme),
  zoom: (step) => ipcRenderer.invoke(NATIVE.zoom, step),
  getSettings: () => ipcRenderer.invoke(NATIVE.getSettings),
  changeSettings: (change) => ipcRenderer.invoke(NATIVE.changeSettings, change),
  onSettings(listener) {
    const hear = (_event: unknown, settings: ApplicationSettings): void => listener(settings)
    ipcRenderer.on(NATIVE.settings, hear)
    return () => ipcRenderer.off(NATIVE.settings, hear)
  },
  actOnUpdate: (action) => ipcRenderer.invoke(NATIVE.actOnUpdate, action),
  onClosing(keep) {
    const hear = (): void => void keep().finally(() => ipcRenderer.invoke(NATIVE.kept))
    ipcRenderer.on(NATIVE.closing, hear)
    return () => ipcRenderer.off(NATIVE.closing, hear)
  },
  onOpenRun(listener) {
    const hear = (_event: unknown, runId: unknown): void => {
      if (typeof runId === 'string') listener(runId)
    }
    ipcRenderer.on(NATIVE.openRun, hear)
    return () => ipcRenderer.off(NATIVE.openRun, hear)
  },
  onOpenBundle(listener) {
    const take = (): void => void ipcRenderer.invoke(NATIVE.takeBundles).then((bundles: readonly OpenedBundle[]) => bundles.forEach(listener))
    ipcRenderer.on(NATIVE.bundleOpened, take)
    take()
    return () => ipcRenderer.off(NATIVE.bundleOpened, take)
  },
  onMenuAction(listener) {
    const hear = (_event: unknown, action: unknown): void => {
      const known = MENU_ACTIONS.find((name) => name === action)
      if (known !== undefined) listener(known)
    }
    ipcRenderer.on(NATIVE.menuAction, hear)
    return () => ipcRenderer.off(NATIVE.menuAction, hear)
  },
}

contextBridge.exposeInMainWorld('studio', native)

// A port can't cross the context bridge; a window message carries it, and only to our own origin.
ipcRenderer.on(NATIVE.enginePort, (event, requestId: string) => {
  window.postMessage({ type: ENGINE_PORT_MESSAGE, requestId }, location.origin, event.ports)
})
