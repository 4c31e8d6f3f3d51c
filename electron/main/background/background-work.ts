import type { BrowserWindow } from 'electron'
import { NATIVE } from '../../messages/native-channels'
import { showWindow } from '../window'
import type { ActiveRuns } from './active-runs'
import { BackgroundIcon } from './background-icon'
import { notify } from './notify'
import type { RunNews } from './run-news'

export interface BackgroundWorkDeps {
  window(): BrowserWindow | null
  /** Ends the application; asks first while something is trained. */
  quit(): void
}

/** What is seen of training outside the window: the icon in the tray, the bar on the window's own icon, and messages of the system. */
export class BackgroundWork {
  private readonly icon: BackgroundIcon
  private runs: ActiveRuns | null = null
  private isHidden = false

  constructor(private readonly deps: BackgroundWorkDeps) {
    this.icon = new BackgroundIcon({ show: () => this.show(), openRun: (runId) => this.openRun(runId), quit: () => deps.quit() })
  }

  runsChanged(runs: ActiveRuns): void {
    this.runs = runs
    this.update()
  }

  windowHidden(isHidden: boolean): void {
    this.isHidden = isHidden
    this.update()
  }

  /** Told only where the window is not what the person looks at. */
  tell(news: RunNews): void {
    if (this.deps.window()?.isFocused() !== true) notify(news, (runId) => this.openRun(runId))
  }

  private update(): void {
    const window = this.deps.window()
    if (window === null || window.isDestroyed()) return
    this.icon.update(this.runs?.all ?? [], this.isHidden)
    window.setProgressBar(this.runs?.share ?? -1, { mode: this.runs?.isPaused === true ? 'paused' : 'normal' })
  }

  private show(): void {
    const window = this.deps.window()
    if (window !== null) showWindow(window)
  }

  private openRun(runId: string): void {
    this.show()
    this.deps.window()?.webContents.send(NATIVE.openRun, runId)
  }
}
