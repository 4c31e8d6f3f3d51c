import { createRequire } from 'node:module'
import { type ElectronApplication, _electron, type Page } from 'playwright-core'
import { root, sandboxArguments } from './places'

export interface DesktopApp {
  readonly app: ElectronApplication
  readonly page: Page
  /** Errors that the page logged or threw. */
  readonly pageErrors: readonly string[]
  /** Quits as a person would; trainers stop after their step. */
  close(): Promise<void>
}

/** What a failed test may have left open, by workspace. */
const open = new Map<string, ElectronApplication>()

/** Electron itself, for a process that nobody drives. */
export function electronBinary(): string {
  const path: unknown = createRequire(import.meta.url)('electron')
  if (typeof path !== 'string') throw new Error('The package electron does not say where its binary is.')
  return path
}

interface LaunchOptions {
  readonly workspace: string
  readonly env?: Readonly<Record<string, string>>
  /** After those that say what is started and where. */
  readonly args?: readonly string[]
}

/** Starts the built app on a workspace and waits for its page. */
export async function launchDesktopApp(options: LaunchOptions): Promise<DesktopApp> {
  // A second application on a workspace hands over to the first and quits, so one failure would be reported as two.
  await open.get(options.workspace)?.close()
  const app = await _electron.launch({
    // No executablePath: only with the package's own Electron does Playwright hold back the app's start until it is
    // attached. Otherwise it may meet a half-made window and wait for its answer for ever.
    args: ['.', ...sandboxArguments, '--workspace', options.workspace, ...(options.args ?? [])],
    cwd: root,
    env: { ...definedEnvironment(), FRACBITS_QUIT_WITHOUT_ASKING: '1', ...options.env },
    // Playwright would pretend that the system is light.
    colorScheme: null,
    timeout: 60_000,
  })
  open.set(options.workspace, app)
  app.once('close', () => open.delete(options.workspace))
  const page = await app.firstWindow()
  const pageErrors: string[] = []
  page.on('pageerror', (error) => pageErrors.push(error.message))
  page.on('console', (message) => message.type() === 'error' && pageErrors.push(message.text()))
  await page.waitForLoadState('domcontentloaded')
  return { app, page, pageErrors, close: () => app.close() }
}

function definedEnvironment(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined))
}
