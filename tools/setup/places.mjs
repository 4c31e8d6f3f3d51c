import { readFileSync } from 'node:fs'
import { arch, homedir, platform } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout this set-up belongs to. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
export const modules = join(root, 'node_modules')
export const target = `${platform()}-${arch()}`
export const isWindows = platform() === 'win32'
export const isRoot = process.getuid?.() === 0

export const pins = JSON.parse(readFileSync(join(root, 'tools/pins.json'), 'utf8'))

/** Per-user folder for what checkouts share; `FRACBITS_CACHE` moves it. */
export function cacheFolder() {
  const { FRACBITS_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env
  if (FRACBITS_CACHE) return resolve(FRACBITS_CACHE)
  if (isWindows) return join(LOCALAPPDATA || join(homedir(), 'AppData/Local'), 'fracbits-studio')
  if (platform() === 'darwin') return join(homedir(), 'Library/Caches/fracbits-studio')
  return join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'fracbits-studio')
}

/** Version of an installed npm package. */
export const versionOf = (name) => JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8')).version

/** Linux without a display server: no window can be opened. */
export const hasNoDisplay = () => platform() === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY
