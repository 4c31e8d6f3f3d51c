import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { exists } from './exists'
import { installation } from './installation'

/** Where a process runs; the real one by default, another in tests. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  readonly home: string
}

export const thisMachine = (): Surroundings => ({ env: process.env, platform: process.platform, home: homedir() })

/** An environment variable that is set to something. */
const given = (at: Surroundings, name: string): string | null => at.env[name] || null

/** Folder of databases and runs: `explicit` (`--workspace`), else FRACBITS_WORKSPACE, else the per-user data folder. Absolute. */
export function workspaceFolder(explicit: string | null = null, at: Surroundings = thisMachine()): string {
  const chosen = explicit ?? given(at, 'FRACBITS_WORKSPACE')
  if (chosen !== null) return resolve(chosen)
  if (at.platform === 'darwin') return join(at.home, 'Library', 'Application Support', 'FracBits Studio')
  if (at.platform === 'win32') return join(given(at, 'APPDATA') ?? join(at.home, 'AppData', 'Roaming'), 'FracBits Studio')
  return join(given(at, 'XDG_DATA_HOME') ?? join(at.home, '.local', 'share'), 'fracbits-studio')
}

/** Folder of downloads that can be fetched again. FRACBITS_CACHE names it outright. */
export function cacheFolder(at: Surroundings = thisMachine()): string {
  const chosen = given(at, 'FRACBITS_CACHE')
  if (chosen !== null) return resolve(chosen)
  if (at.platform === 'darwin') return join(at.home, 'Library', 'Caches', 'fracbits-studio')
  if (at.platform === 'win32') return join(given(at, 'LOCALAPPDATA') ?? join(at.home, 'AppData', 'Local'), 'fracbits-studio')
  return join(given(at, 'XDG_CACHE_HOME') ?? join(at.home, '.cache'), 'fracbits-studio')
}

const DEBIAN_FASHION_MNIST = '/usr/share/datasets/fashion-mnist'
const IDX_FILES = ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte', 't10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'] as const

/** Names of the four files that `directory` lacks, both plain and compressed. */
async function missingFiles(directory: string): Promise<string[]> {
  const found = await Promise.all(
    IDX_FILES.map(async (name) => (await exists(join(directory, name))) || (await exists(join(directory, `${name}.gz`)))),
  )
  return IDX_FILES.filter((_, index) => found[index] !== true)
}

/** Where the demo's images are; `problem` is a sentence that says what is missing and what to do, null when all is there. */
export interface DemoData {
  readonly available: boolean
  readonly directory: string
  readonly problem: string | null
}

/** Finds the Fashion-MNIST files: FRACBITS_DEMO_DATA, else Debian's package, else the per-user cache. */
export async function findDemoData(at: Surroundings = thisMachine()): Promise<DemoData> {
  const chosen = given(at, 'FRACBITS_DEMO_DATA')
  const cached = join(cacheFolder(at), 'fashion-mnist')
  const candidates = chosen !== null ? [resolve(chosen)] : at.platform === 'linux' ? [DEBIAN_FASHION_MNIST, cached] : [cached]
  for (const directory of candidates) {
    if ((await missingFiles(directory)).length === 0) return { available: true, directory, problem: null }
  }
  const directory = candidates.at(-1) ?? cached
  const [missing] = await missingFiles(directory)
  const remedy = installation().packaged ? "Install Debian's or Ubuntu's package dataset-fashion-mnist" : 'Run "npm run setup" to fetch them'
  const problem = `The demo images are not complete: ${join(directory, missing ?? '')} is missing. ${remedy}, or set FRACBITS_DEMO_DATA to a folder that holds the four Fashion-MNIST files.`
  return { available: false, directory, problem }
}
