import { type BrowserWindow, type IpcMainInvokeEvent, MessageChannelMain, type MessagePortMain, dialog, ipcMain } from 'electron'
import { writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { RunId } from '../../src/contract/entities'
import {
  type ApplicationSettings,
  type OpenedBundle,
  type SettingsChange,
  THEME_CHOICES,
  type ThemeChoice,
  WHEN_CLOSING,
  ZOOM_STEPS,
  type ZoomStep,
} from '../../src/contract/native'
import { UPDATE_ACTIONS, type UpdateAction } from '../../src/contract/updates'
import { writeFileAtomic } from '../../src/util/atomic-write'
import type { Logger } from '../../src/util/logger'
import { NATIVE } from '../messages/native-channels'
import { isAppUrl } from './app-protocol'

export interface NativeIpcDeps {
  window(): BrowserWindow | null
  /** Hands the port to the engine; rejects when there is none. */
  serve(port: MessagePortMain): Promise<void>
  /** The report of a run. */
  reportPdf(runId: string): Promise<Buffer>
  openRunFolder(runId: string): Promise<void>
  getTheme(): ThemeChoice
  setTheme(theme: ThemeChoice): void
  zoom(step: ZoomStep): void
  /** What the system had the application open since the last call. */
  takeBundles(): readonly OpenedBundle[]
  getSettings(): ApplicationSettings
  changeSettings(change: SettingsChange): ApplicationSettings
  actOnUpdate(action: UpdateAction): Promise<void>
  /** The page has handed over what was not saved. */
  kept(): void
  readonly logger: Logger
}

const ConnectEngine = z.string().min(1).max(100)
const ChooseFolder = z.strictObject({ title: z.string().max(200), defaultPath: z.string().max(4096).optional() })

const FileName = z.string().regex(/^[^/\\\0]{1,200}$/)
const ChooseFile = z.strictObject({ title: z.string().max(200), endings: z.array(z.string().regex(/^[a-z0-9]{1,20}$/)).min(1).max(10) })
const ChoosePlace = z.strictObject({ title: z.string().max(200), fileName: FileName })
const SaveReportPdf = z.strictObject({ title: z.string().max(200), fileName: FileName, runId: RunId })
const ChangeSettings = z.strictObject({
  whenClosing: z.enum(WHEN_CLOSING).optional(),
  updateFeed: z.string().max(4096).optional(),
  checkAtStart: z.boolean().optional(),
})
const SaveText = z.strictObject({ title: z.string().max(200), fileName: FileName, text: z.string().max(1_000_000) })

/** The calls of our own page to the system; callers from any other frame or address are refused. */
export function handleNativeCalls(deps: NativeIpcDeps): void {
  const handle = <A>(channel: string, argument: z.ZodType<A>, run: (value: A, event: IpcMainInvokeEvent) => unknown): void => {
    ipcMain.handle(channel, async (event, ...args: unknown[]) => {
      const frame = event.senderFrame
      if (frame === null || frame.parent !== null || !isAppUrl(frame.url) || event.sender !== deps.window()?.webContents) {
        deps.logger.warn('native call refused', { channel, url: frame?.url ?? null })
        throw new Error('This page may not use the application.')
      }
      const value = argument.safeParse(args[0])
      if (!value.success) throw new Error(`${channel} was called with a wrong argument.`)
      return await run(value.data, event)
    })
  }

  handle(NATIVE.connectEngine, ConnectEngine, async (requestId, event) => {
    const { port1, port2 } = new MessageChannelMain()
    await deps.serve(port1)
    event.sender.postMessage(NATIVE.enginePort, requestId, [port2])
    deps.logger.info('page connected')
  })
  handle(NATIVE.chooseFolder, ChooseFolder, async ({ title, defaultPath }) => {
    const window = deps.window()
    if (window === null) return null
    const { canceled, filePaths } = await dialog.showOpenDialog(window, {
      title,
      properties: ['openDirectory', 'createDirectory'],
      ...(defaultPath === undefined ? {} : { defaultPath }),
    })
    return canceled ? null : (filePaths[0] ?? null)
  })
  handle(NATIVE.chooseFile, ChooseFile, async ({ title, endings }) => {
    const window = deps.window()
    if (window === null) return null
    const filters = [{ name: endings.map((ending) => `.${ending}`).join(', '), extensions: endings }]
    const { canceled, filePaths } = await dialog.showOpenDialog(window, { title, properties: ['openFile'], filters })
    return canceled ? null : (filePaths[0] ?? null)
  })
  handle(NATIVE.choosePlace, ChoosePlace, async ({ title, fileName }) => {
    const window = deps.window()
    if (window === null) return null
    const { canceled, filePath } = await dialog.showSaveDialog(window, { title, defaultPath: fileName })
    return canceled || filePath === '' ? null : filePath
  })
  handle(NATIVE.saveText, SaveText, async ({ title, fileName, text }) => {
    const window = deps.window()
    if (window === null) return null
    const { canceled, filePath } = await dialog.showSaveDialog(window, { title, defaultPath: fileName })
    if (canceled || filePath === '') return null
    await writeFile(filePath, text)
    return filePath
  })
  handle(NATIVE.saveReportPdf, SaveReportPdf, async ({ title, fileName, runId }) => {
    const window = deps.window()
    if (window === null) return null
    const pdf = await deps.reportPdf(runId)
    const { canceled, filePath } = await dialog.showSaveDialog(window, { title, defaultPath: fileName })
    if (canceled || filePath === '') return null
    await writeFileAtomic(filePath, pdf).catch((error: unknown) => {
      throw new Error(`${filePath} can't be written (${error instanceof Error ? error.message : String(error)}). Choose another place.`, { cause: error })
    })
    return filePath
  })
  handle(NATIVE.openRunFolder, RunId, (runId) => deps.openRunFolder(runId))
  handle(NATIVE.setTheme, z.enum(THEME_CHOICES), (theme) => deps.setTheme(theme))
  handle(NATIVE.kept, z.undefined(), () => deps.kept())
  handle(NATIVE.getSettings, z.undefined(), () => deps.getSettings())
  handle(NATIVE.changeSettings, ChangeSettings, (change) => deps.changeSettings(change))
  handle(NATIVE.actOnUpdate, z.enum(UPDATE_ACTIONS), (action) => deps.actOnUpdate(action))
  handle(NATIVE.takeBundles, z.undefined(), () => deps.takeBundles())
  handle(NATIVE.zoom, z.enum(ZOOM_STEPS), (step) => deps.zoom(step))
  handle(NATIVE.getTheme, z.undefined(), () => deps.getTheme())
}
