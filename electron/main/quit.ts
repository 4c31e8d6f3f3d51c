import { type App, type BrowserWindow, dialog } from 'electron'
import type { Logger } from '../../src/util/logger'

export interface QuitDeps {
  readonly app: App
  window(): BrowserWindow | null
  /** Runs that this app is training. */
  activeRuns(): number
  /** Last chance for the window: its place, and what is not saved in it. */
  beforeClosing(): Promise<void>
  /** Stops trainers after their step and the engine; resolves when all is written. */
  stopEngine(): Promise<void>
  readonly logger: Logger
}

/**
 * Closing the app: ask once while something is being trained, let the engine finish the step and write its checkpoint, then end.
 * Returns how to end it for somebody who was asked already.
 */
export function orderlyQuit(deps: QuitDeps): () => void {
  let state: 'open' | 'asking' | 'closing' = 'open'

  const close = async (isConfirmed: boolean): Promise<void> => {
    if (state !== 'open') return
    state = 'asking'
    if (!isConfirmed && !(await confirmed(deps))) {
      state = 'open'
      return
    }
    state = 'closing'
    await deps.beforeClosing()
    deps.window()?.setTitle('FracBits Studio – stopping…')
    await deps.stopEngine()
    deps.logger.info('closed')
    deps.app.exit(0)
  }

  deps.app.on('before-quit', (event) => {
    event.preventDefault()
    void close(false)
  })
  return () => void close(true)
}

/** Whether the person has to be asked before training ends. */
export const asksFirst = (runs: number): boolean => runs > 0 && process.env.FRACBITS_QUIT_WITHOUT_ASKING !== '1'

export const trainedWords = (runs: number): string => (runs === 1 ? 'A run is being trained.' : `${String(runs)} runs are being trained.`)

async function confirmed(deps: QuitDeps): Promise<boolean> {
  const runs = deps.activeRuns()
  if (!asksFirst(runs)) return true
  const options = {
    type: 'question' as const,
    title: 'FracBits Studio',
    message: trainedWords(runs),
    detail: 'It can stop after this step with a checkpoint; "Resume" goes on from there the next time.',
    buttons: ['Stop After This Step and Quit', 'Cancel'],
    defaultId: 0,
    cancelId: 1,
    noLink: true,
  }
  const window = deps.window()
  const { response } = await (window?.isVisible() !== true ? dialog.showMessageBox(options) : dialog.showMessageBox(window, options))
  return response === 0
}
