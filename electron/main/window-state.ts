import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import { THEME_CHOICES, WHEN_CLOSING } from '../../src/contract/native'

const Rectangle = z.object({ x: z.int(), y: z.int(), width: z.int().min(300), height: z.int().min(200) })
export type Rectangle = z.infer<typeof Rectangle>

const WindowState = z.object({
  bounds: Rectangle.nullable().default(null),
  maximized: z.boolean().default(false),
  /** 1 is actual size. */
  zoom: z.number().min(0.5).max(2).default(1),
  theme: z.enum(THEME_CHOICES).default('system'),
  whenClosing: z.enum(WHEN_CLOSING).default('ask'),
  /** Where new versions are looked for; empty: nowhere. */
  updateFeed: z.string().default(''),
  checkAtStart: z.boolean().default(false),
})
export type WindowState = z.infer<typeof WindowState>

/** What the window remembers between sessions. A missing or damaged file means the defaults: nothing in it is worth a question. */
export class WindowStateFile {
  private state: WindowState

  constructor(private readonly file: string) {
    this.state = read(file)
  }

  get(): WindowState {
    return this.state
  }

  update(change: Partial<WindowState>): void {
    this.state = { ...this.state, ...change }
    mkdirSync(dirname(this.file), { recursive: true })
    writeFileSync(`${this.file}.part`, JSON.stringify(this.state))
    renameSync(`${this.file}.part`, this.file)
  }
}

function read(file: string): WindowState {
  try {
    return WindowState.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return WindowState.parse({})
  }
}

/** The remembered place if enough of it to grab lies on a display that is there now; null otherwise. */
export function visibleBounds(bounds: Rectangle | null, displays: readonly Rectangle[]): Rectangle | null {
  if (bounds === null) return null
  const visible = displays.some((d) => {
    const width = Math.min(bounds.x + bounds.width, d.x + d.width) - Math.max(bounds.x, d.x)
    const titleBar = bounds.y >= d.y && bounds.y < d.y + d.height - 40
    return width >= 100 && titleBar
  })
  return visible ? bounds : null
}
