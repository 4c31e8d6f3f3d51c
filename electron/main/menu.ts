import { Menu, type MenuItemConstructorOptions, nativeTheme } from 'electron'
import { THEME_CHOICES, type MenuAction, type ThemeChoice, WHEN_CLOSING, type WhenClosing, type ZoomStep } from '../../src/contract/native'

export interface MenuDeps {
  readonly development: boolean
  act(action: MenuAction): void
  setTheme(theme: ThemeChoice): void
  readonly whenClosing: WhenClosing
  setWhenClosing(choice: WhenClosing): void
  zoom(step: ZoomStep): void
  openLogs(): void
  showAbout(): void
}

const THEME_LABELS: Readonly<Record<ThemeChoice, string>> = { system: 'Follow the System', light: 'Light', dark: 'Dark' }

const CLOSING_LABELS: Readonly<Record<WhenClosing, string>> = {
  ask: 'Ask While Something Is Trained',
  background: 'Keep Training in the Background',
  quit: 'Stop After the Step and Quit',
}

/** Builds the application menu; entries that belong to a view are carried out by the page. */
export function setMenu(deps: MenuDeps): void {
  const entry = (label: string, action: MenuAction, accelerator?: string): MenuItemConstructorOptions => ({
    id: action,
    label,
    click: () => deps.act(action),
    ...(accelerator === undefined ? {} : { accelerator }),
  })
  const mac = process.platform === 'darwin'
  const template: MenuItemConstructorOptions[] = [
    ...(mac ? [{ role: 'appMenu' } as const] : []),
    {
      label: '&File',
      submenu: [
        entry('New Run…', 'new-run', 'CmdOrCtrl+N'),
        entry('Run the Demo', 'run-demo', 'CmdOrCtrl+D'),
        { type: 'separator' },
        entry('Import Configuration…', 'import-configuration', 'CmdOrCtrl+I'),
        entry('Save', 'save', 'CmdOrCtrl+S'),
        entry('Export Configuration…', 'export-configuration', 'CmdOrCtrl+Shift+E'),
        { type: 'separator' },
        entry('Open Folder of This Run', 'open-run-folder', 'CmdOrCtrl+O'),
        { type: 'separator' },
        entry('Settings…', 'show-settings', 'CmdOrCtrl+,'),
        { type: 'separator' },
        mac ? { role: 'close' } : { role: 'quit' },
      ],
    },
    {
      label: '&Edit',
      submenu: [
        { role: 'undo' },
        { role: 'redo' },
        { type: 'separator' },
        { role: 'cut' },
        { role: 'copy' },
        { role: 'paste' },
        { role: 'selectAll' },
      ],
    },
    {
      label: '&View',
      submenu: [
        entry('All Commands…', 'command-palette', 'CmdOrCtrl+K'),
        { type: 'separator' },
        entry('Runs', 'show-runs', 'CmdOrCtrl+1'),
        entry('Configurations', 'show-configurations', 'CmdOrCtrl+2'),
        entry('Compare Configurations', 'compare-configurations'),
        entry('Machine', 'doctor', 'CmdOrCtrl+3'),
        { type: 'separator' },
        entry('Narrow or Widen the Rail', 'toggle-rail', 'CmdOrCtrl+B'),
        { label: 'Actual Size', accelerator: 'CmdOrCtrl+0', click: () => deps.zoom('reset') },
        { label: 'Zoom In', accelerator: 'CmdOrCtrl+Plus', click: () => deps.zoom('in') },
        { label: 'Zoom In', accelerator: 'CmdOrCtrl+=', visible: false, acceleratorWorksWhenHidden: true, click: () => deps.zoom('in') },
        { label: 'Zoom Out', accelerator: 'CmdOrCtrl+-', click: () => deps.zoom('out') },
        { role: 'togglefullscreen' },
        {
          label: 'Theme',
          submenu: THEME_CHOICES.map((theme) => ({
            label: THEME_LABELS[theme],
            type: 'radio' as const,
            checked: nativeTheme.themeSource === theme,
            click: () => deps.setTheme(theme),
          })),
        },
        ...(deps.development ? [{ type: 'separator' } as const, { role: 'reload' } as const, { role: 'toggleDevTools' } as const] : []),
      ],
    },
    {
      label: '&Run',
      submenu: [
        entry('Pause', 'pause-run', 'CmdOrCtrl+Shift+P'),
        entry('Resume', 'resume-run', 'CmdOrCtrl+Shift+R'),
        entry('Stop After This Step', 'stop-run', 'CmdOrCtrl+.'),
        { type: 'separator' },
        {
          label: 'When the Window Closes',
          submenu: WHEN_CLOSING.map((choice) => ({
            label: CLOSING_LABELS[choice],
            type: 'radio' as const,
            checked: deps.whenClosing === choice,
            click: () => deps.setWhenClosing(choice),
          })),
        },
      ],
    },
    {
      role: 'help',
      label: '&Help',
      submenu: [
        { label: 'Check This Machine', click: () => deps.act('doctor') },
        { label: 'Open Logs', click: () => deps.openLogs() },
        { type: 'separator' },
        { label: 'About FracBits Studio', click: () => deps.showAbout() },
      ],
    },
  ]
  Menu.setApplicationMenu(Menu.buildFromTemplate(template))
}
