import { type App, type BrowserWindow, clipboard, dialog, shell } from 'electron'
import type { Logger } from '../../src/util/logger'
import { createRedactor } from '../../src/util/redact'

/** An error nobody caught leaves main in an unknown state: say so, then end. */
export function endOnUncaughtErrors(app: App, logger: Logger): void {
  const end = (error: unknown): void => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    logger.error('uncaught in main', { error: text })
    process.stderr.write(`${text}\n`)
    if (app.isReady() && process.env.FRACBITS_QUIT_WITHOUT_ASKING !== '1')
      dialog.showErrorBox('FracBits Studio has to close', `${text}\n\nRunning jobs can be resumed from their last checkpoint.`)
    app.exit(70)
  }
  process.on('uncaughtException', end)
  process.on('unhandledRejection', end)
}

/** A page that died is loaded again; the engine and the trainers did not notice. */
export function reloadCrashedPage(window: BrowserWindow, logger: Logger): void {
  window.webContents.on('render-process-gone', (_event, details) => {
    logger.error('page gone', { reason: details.reason, exitCode: details.exitCode })
    if (details.reason !== 'clean-exit' && !window.isDestroyed()) window.reload()
  })
}

/** Something that went wrong and was put right. */
export async function showNotice(window: BrowserWindow | null, notice: string): Promise<void> {
  const options = { type: 'warning' as const, title: 'FracBits Studio', message: 'The workspace was repaired.', detail: notice, noLink: true }
  await (window === null || window.isDestroyed() ? dialog.showMessageBox(options) : dialog.showMessageBox(window, options))
}

export interface EngineDialogDeps {
  readonly logs: string
  readonly version: string
  restart(): void
  quit(): void
}

/** Asks what to do about an engine that does not stay up. "Copy report" and "Open logs" leave the question open. */
export async function askAboutEngine(window: BrowserWindow | null, error: Error, deps: EngineDialogDeps): Promise<void> {
  const options = {
    type: 'error' as const,
    title: 'FracBits Studio',
    message: 'The engine could not be kept running.',
    detail: error.message,
    buttons: ['Restart', 'Open Logs', 'Copy Report', 'Quit'],
    defaultId: 0,
    cancelId: 3,
    noLink: true,
  }
  for (;;) {
    const { response } = await (window === null || window.isDestroyed() ? dialog.showMessageBox(options) : dialog.showMessageBox(window, options))
    if (response === 0) return deps.restart()
    if (response === 3) return deps.quit()
    if (response === 1) await shell.openPath(deps.logs)
    if (response === 2) await Promise.resolve(clipboard.writeText(report(error, deps.version)))
  }
}

/** Text that can be pasted into a bug report: the person's own folder is not named. */
function report(error: Error, version: string): string {
  const lines = [
    `FracBits Studio ${version}, ${process.platform} ${process.arch}, Electron ${process.versions.electron ?? ''}`,
    error.stack ?? error.message,
  ]
  return createRedactor()(lines.join('\n'))
}
