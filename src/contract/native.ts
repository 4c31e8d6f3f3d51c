import type { UpdateAction, UpdateState } from './updates'

/**
 * What the desktop shell gives the page beside the engine (`window.studio`, set by the preload script).
 * In a browser it is absent and the page connects to `/engine` by WebSocket instead:
 * the first text message is {@link AuthenticateMessage}, the server answers {@link AuthenticatedMessage}, then frames flow.
 */
export interface StudioNative {
  readonly platform: 'linux' | 'darwin' | 'win32' | 'other'
  /**
   * Asks for a new line to the engine. The port arrives on `window` as a message whose data is {@link EnginePortMessage}
   * with the same `requestId`; take it only where `event.source === window` and `event.origin === location.origin`.
   * Rejects when the engine can't be started.
   */
  connectEngine(requestId: string): Promise<void>
  /** Shows the system's folder dialog; null when the person cancels. */
  chooseFolder(options: { title: string; defaultPath?: string }): Promise<string | null>
  /** Shows the system's dialog for a file that is there, with one of these endings (without a dot); null when the person cancels. */
  chooseFile(options: { title: string; endings: string[] }): Promise<string | null>
  /** Asks where a file is to be written, and writes nothing; null when the person cancels. The engine writes it. */
  choosePlace(options: { title: string; fileName: string }): Promise<string | null>
  /** Asks where to and writes the text; null when the person cancels, else the path. */
  saveText(options: { title: string; fileName: string; text: string }): Promise<string | null>
  /** Makes a PDF of a run's report, asks where to and writes it; null when the person cancels, else the path. */
  saveReportPdf(options: { title: string; fileName: string; runId: string }): Promise<string | null>
  /** Full path of a file or folder that was dropped on the page; empty for one that is not on this machine. */
  pathOf(file: object): string
  /** Opens the folder of a run in the system's file manager. */
  openRunFolder(runId: string): Promise<void>
  /** Follows the system, or fixes light or dark; remembered. The page sees it through `prefers-color-scheme`. */
  setTheme(theme: ThemeChoice): Promise<void>
  getTheme(): Promise<ThemeChoice>
  /** The next step of the zoom, between 50 and 200 percent, or back to 100; remembered. */
  zoom(step: ZoomStep): Promise<void>
  getSettings(): Promise<ApplicationSettings>
  /** Changes what is named and answers with all; rejects with a sentence where a value can't be used. */
  changeSettings(change: SettingsChange): Promise<ApplicationSettings>
  /** Calls the listener whenever a setting or the state of an update changes; returns how to stop listening. */
  onSettings(listener: (settings: ApplicationSettings) => void): () => void
  /** The next step of an update; how it goes is told to {@link onSettings}. */
  actOnUpdate(action: UpdateAction): Promise<void>
  /** Calls `keep` when the window is about to close, and lets it wait (a little) for the answer; returns how to stop that. */
  onClosing(keep: () => Promise<void>): () => void
  /** Calls the listener with the run that a notification or the tray leads to; returns how to stop listening. */
  onOpenRun(listener: (runId: string) => void): () => void
  /** Calls the listener with every bundle that the system has the application open, also with those from before the call; returns how to stop listening. */
  onOpenBundle(listener: (bundle: OpenedBundle) => void): () => void
  /** Calls the listener for every menu entry that the page has to carry out; returns how to stop listening. */
  onMenuAction(listener: (action: MenuAction) => void): () => void
}

/** A file that the person opened from the file manager; nothing is imported by that. `problem` says why it can't be: a sentence. */
export interface OpenedBundle {
  /** Its whole path. */
  readonly file: string
  readonly problem: string | null
}

export const WHEN_CLOSING = ['ask', 'background', 'quit'] as const
/** What becomes of training when the window is closed. */
export type WhenClosing = (typeof WHEN_CLOSING)[number]

/** What a person sets for the application itself, and how far its update is. */
export interface ApplicationSettings {
  readonly whenClosing: WhenClosing
  /** Address of the folder in which new versions are published; empty: updates are off. */
  readonly updateFeed: string
  /** The feed comes from the environment and can't be changed here. */
  readonly isFeedFixed: boolean
  readonly checkAtStart: boolean
  readonly version: string
  readonly update: UpdateState
  /** Why the last step of the update did not succeed: a sentence. */
  readonly updateProblem: string | null
}
export interface SettingsChange {
  readonly whenClosing?: WhenClosing | undefined
  readonly updateFeed?: string | undefined
  readonly checkAtStart?: boolean | undefined
}

export const THEME_CHOICES = ['system', 'light', 'dark'] as const
export type ThemeChoice = (typeof THEME_CHOICES)[number]

export const ZOOM_STEPS = ['in', 'out', 'reset'] as const
export type ZoomStep = (typeof ZOOM_STEPS)[number]

/** Menu entries that the page carries out. */
export const MENU_ACTIONS = [
  'command-palette',
  'new-run',
  'run-demo',
  'show-runs',
  'show-configurations',
  'import-configuration',
  'save',
  'export-configuration',
  'compare-configurations',
  'toggle-rail',
  'open-run-folder',
  'pause-run',
  'resume-run',
  'stop-run',
  'doctor',
  'show-settings',
] as const
export type MenuAction = (typeof MENU_ACTIONS)[number]

export const ENGINE_PORT_MESSAGE = 'fracbits:engine-port'
export interface EnginePortMessage {
  readonly type: typeof ENGINE_PORT_MESSAGE
  readonly requestId: string
}

/** First message of a browser page on its WebSocket. The token stands in the page's address: `http://127.0.0.1:PORT/#token=TOKEN`. */
export interface AuthenticateMessage {
  readonly kind: 'authenticate'
  readonly token: string
}
export interface AuthenticatedMessage {
  readonly kind: 'authenticated'
}
