import { type BrowserWindow, MessageChannelMain, type MessagePortMain, app, dialog, nativeTheme, session, shell, utilityProcess } from 'electron'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ThemeChoice, WhenClosing, ZoomStep } from '../../src/contract/native'
import { createFileLogger } from '../../src/util/file-logger'
import { workspaceFolder } from '../../src/util/paths'
import { NATIVE } from '../messages/native-channels'
import { registerAppScheme, serveAppProtocol } from './app-protocol'
import { BackgroundWork } from './background/background-work'
import { askWhenClosing } from './background/closing'
import { configsFolder } from './configs-folder'
import { askAboutEngine, endOnUncaughtErrors, reloadCrashedPage, showNotice } from './crash'
import { EngineLink } from './engine-link'
import { parseLaunchOptions } from './launch-options'
import { setMenu } from './menu'
import { handleNativeCalls } from './native-ipc'
import { bundleArguments, OpenedBundles } from './opened-bundles'
import { createSleepGuard } from './power'
import { orderlyQuit } from './quit'
import { ReportPrinter } from './report-printer'
import { restrictSession, restrictWebContents } from './security'
import { chosenFeed, Settings } from './settings'
import { EngineSupervisor } from './supervisor/engine-supervisor'
import { createTrainerFork } from './supervisor/fork-trainer'
import { createRestartPolicy } from './supervisor/restart-policy'
import { TrainerProcesses } from './supervisor/trainer-processes'
import { createUpdates } from './updates/create-updates'
import { createWindow, loadPage, rememberWindow, showWindow } from './window'
import { createUnsavedWork } from './unsaved-work'
import { WindowStateFile } from './window-state'
import { nextZoom } from './zoom'

// 1. Where everything is. One workspace has one window: its browser data lies in it, and the single-instance lock with it.
const here = import.meta.dirname
const files = {
  engine: join(here, 'engine.js'),
  preload: join(here, '../preload/index.cjs'),
  page: join(here, '../renderer'),
  configs: configsFolder(here),
}
const workspace = workspaceFolder(parseLaunchOptions(process.argv).workspace)
const logs = join(workspace, 'logs')
mkdirSync(logs, { recursive: true })
app.setPath('userData', join(workspace, 'window'))
const logger = createFileLogger({ file: join(logs, 'main.ndjson'), process: 'main' })
endOnUncaughtErrors(app, logger)

// 2. Before ready: sandbox for every page (as root Chromium needs --no-sandbox, and enableSandbox would win over it), scheme, limits.
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox()
registerAppScheme()
restrictWebContents(app, logger)
const bundles = new OpenedBundles(logger)
bundles.add(bundleArguments(process.argv, process.cwd()))
app.on('open-file', (event, file) => {
  event.preventDefault()
  bundles.add([file])
})

if (app.requestSingleInstanceLock()) void app.whenReady().then(start)
else app.exit(0)

async function start(): Promise<void> {
  logger.info('started', { version: app.getVersion(), workspace })
  let window: BrowserWindow | null = null

  // 3. The page's origin and its rights exist before the page does.
  restrictSession(session.defaultSession, logger)
  serveAppProtocol(files.page, logger)
  const windowState = new WindowStateFile(join(workspace, 'window', 'window.json'))
  nativeTheme.themeSource = windowState.get().theme

  // 4. Engine and trainers; the engine starts while the window is being built.
  const trainers = new TrainerProcesses<MessagePortMain>({
    fork: createTrainerFork(here),
    createChannel: () => new MessageChannelMain(),
    tellEngine: (message, transfer) => engine.tell(message, transfer),
    logger,
  })
  const engine = new EngineSupervisor<MessagePortMain>({
    fork: () => utilityProcess.fork(files.engine, [], { serviceName: 'engine', stdio: 'pipe' }),
    open: { type: 'open', workspace, appVersion: app.getVersion(), configsDir: files.configs },
    restartPolicy: createRestartPolicy(Date.now),
    logger,
    onTrainerRequest: (request) => trainers.handle(request),
    onGone: () => trainers.killAll(),
    onState: (state) => {
      if (state.name === 'ready') void link.connect().catch((error: unknown) => logger.error('own line to the engine', { error: String(error) }))
    },
    onGivenUp: (error) =>
      void askAboutEngine(window, error, { logs, version: app.getVersion(), restart: () => engine.start(), quit: () => app.quit() }),
  })
  const keepAwake = createSleepGuard()
  const background = new BackgroundWork({ window: () => window, quit: () => app.quit() })
  const link = new EngineLink({
    serve: (port) => engine.serve(port),
    onRuns(runs) {
      keepAwake(runs.here.length > 0)
      background.runsChanged(runs)
      void updates.runsChanged()
    },
    onNews: (news) => background.tell(news),
    onNotice: (notice) => void showNotice(window, notice),
    logger,
  })
  engine.start()

  // 5. What the page may ask of the system, the menu, and an orderly end.
  const setTheme = (theme: ThemeChoice): void => {
    nativeTheme.themeSource = theme
    windowState.update({ theme })
  }
  const zoom = (step: ZoomStep): void => {
    const factor = nextZoom(windowState.get().zoom, step)
    window?.webContents.setZoomFactor(factor)
    windowState.update({ zoom: factor })
  }
  const openFolder = async (folder: string): Promise<void> => {
    const problem = await shell.openPath(folder)
    if (problem !== '') throw new Error(`The folder ${folder} could not be opened: ${problem}`)
  }
  const unsaved = createUnsavedWork(() => {
    if (window === null || window.webContents.isLoading() || window.webContents.isCrashed()) return false
    window.webContents.send(NATIVE.closing)
    return true
  })
  const updates = createUpdates({
    feed: () => chosenFeed(process.env, windowState.get().updateFeed).address,
    folder: join(workspace, 'window'),
    engine,
    runsInTheWay: () => link.runsInTheWay(),
    collectUnsaved: () => unsaved.collect(),
    onChange: () => tellSettings(),
    logger,
  })
  const settings = new Settings({
    state: windowState,
    updates,
    version: app.getVersion(),
    env: process.env,
    onChange() {
      showMenu()
      tellSettings()
    },
  })
  const tellSettings = (): void => window?.webContents.send(NATIVE.settings, settings.get())
  const printer = new ReportPrinter(logger)
  handleNativeCalls({
    window: () => window,
    serve: (port) => engine.serve(port),
    reportPdf: async (runId) => printer.print(await link.report(runId)),
    openRunFolder: async (runId) => openFolder(await link.runFolder(runId)),
    getTheme: () => windowState.get().theme,
    setTheme,
    zoom,
    getSettings: () => settings.get(),
    changeSettings: (change) => settings.change(change),
    actOnUpdate: (action) => updates.act(action),
    takeBundles: () => bundles.take(),
    kept: () => unsaved.collected(),
    logger,
  })
  const rememberClosing = (whenClosing: WhenClosing): void => void settings.change({ whenClosing })
  const showMenu = (): void =>
    setMenu({
      development: !app.isPackaged,
      act: (action) => window?.webContents.send(NATIVE.menuAction, action),
      setTheme,
      whenClosing: windowState.get().whenClosing,
      setWhenClosing: rememberClosing,
      zoom,
      openLogs: () => void openFolder(logs),
      showAbout: () =>
        void dialog.showMessageBox({
          title: 'About',
          message: `FracBits Studio ${app.getVersion()}`,
          detail: `Workspace: ${workspace}\nElectron ${process.versions.electron ?? ''}, Node ${process.versions.node}`,
        }),
    })
  showMenu()
  const activeRuns = (): number => (engine.ownsWorkspace ? link.activeRuns.length : 0)
  const quitUnasked = orderlyQuit({
    app,
    window: () => window,
    activeRuns,
    async beforeClosing() {
      if (window !== null) rememberWindow(window, windowState)
      // before an installation it was collected while there was an engine to keep it
      if (updates.state.name !== 'installing') await unsaved.collect()
    },
    stopEngine: () => engine.stop(),
    logger,
  })
  app.on('second-instance', (_event, argv, workingDirectory) => {
    bundles.add(bundleArguments(argv, workingDirectory))
    if (window !== null) showWindow(window)
  })
  bundles.onAdded(() => {
    if (window === null) return
    showWindow(window)
    window.webContents.send(NATIVE.bundleOpened)
  })

  // 6. The window; its page may call as soon as it runs, so the window is known before the page is loaded.
  window = createWindow({ preload: files.preload, state: windowState })
  askWhenClosing({ window, activeRuns, remembered: () => windowState.get().whenClosing, remember: rememberClosing, quit: quitUnasked })
  window.on('show', () => background.windowHidden(false))
  window.on('hide', () => background.windowHidden(true))
  reloadCrashedPage(window, logger)
  await loadPage(window)
  if (windowState.get().checkAtStart) await updates.act('check')
}
