import { Menu, nativeImage, Tray } from 'electron'
import type { ActiveRun } from './active-runs'

const SIDE = 32
/** Bars of falling width, as the bit-widths of layers: left, top, width of a grid of 32, and blue, green, red. */
const BARS = [
  { top: 5, width: 26, color: [0xe0, 0x7a, 0x3d] },
  { top: 13, width: 18, color: [0xc4, 0x9a, 0x3a] },
  { top: 21, width: 10, color: [0x6f, 0xb0, 0x4a] },
] as const

/** The application's mark as pixels, so that no file has to be found. */
function mark(): Electron.NativeImage {
  const pixels = Buffer.alloc(SIDE * SIDE * 4)
  for (const { top, width, color } of BARS) {
    for (let y = top; y < top + 6; y++) for (let x = 3; x < 3 + width; x++) pixels.set([...color, 0xff], (y * SIDE + x) * 4)
  }
  return nativeImage.createFromBitmap(pixels, { width: SIDE, height: SIDE })
}

export interface BackgroundIconDeps {
  show(): void
  openRun(runId: string): void
  quit(): void
}

const percentOf = ({ step, totalSteps }: ActiveRun): string => (totalSteps === 0 ? '' : ` – ${String(Math.floor((100 * step) / totalSteps))} %`)
const lineOf = (run: ActiveRun): string => `${run.name === '' ? 'A run' : run.name}${percentOf(run)}${run.status === 'paused' ? ', paused' : ''}`

/** The icon in the system's tray: there while runs are trained or the window is hidden, so that the window can always be had back. */
export class BackgroundIcon {
  private tray: Tray | null = null
  private shown = ''

  constructor(private readonly deps: BackgroundIconDeps) {}

  update(runs: readonly ActiveRun[], windowIsHidden: boolean): void {
    if (runs.length === 0 && !windowIsHidden) {
      this.tray?.destroy()
      this.tray = null
      this.shown = ''
      return
    }
    const lines = runs.map(lineOf)
    const text = ['FracBits Studio', ...lines].join('\n')
    if (text === this.shown) return
    this.shown = text
    this.tray ??= this.create()
    this.tray.setToolTip(text)
    this.tray.setContextMenu(
      Menu.buildFromTemplate([
        { label: 'Show FracBits Studio', click: () => this.deps.show() },
        { type: 'separator' },
        ...runs.map((run, index) => ({ label: lines[index] ?? run.id, click: () => this.deps.openRun(run.id) })),
        ...(runs.length > 0 ? [{ type: 'separator' } as const] : []),
        { label: 'Quit', click: () => this.deps.quit() },
      ]),
    )
  }

  private create(): Tray {
    const tray = new Tray(mark())
    tray.on('click', () => this.deps.show())
    return tray
  }
}
