import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { modules, root } from '../setup/places.mjs'
import { runForeground } from './child.mjs'

const SOURCES = [
  'src',
  'electron',
  'renderer',
  'build/bundled-packages.ts',
  'electron.vite.config.ts',
  'package-lock.json',
  'package.json',
  'tsconfig.base.json',
  'tsconfig.node.json',
  'tsconfig.web.json',
]
const stampFile = join(root, 'out/.sources.stamp')
const output = join(root, 'out/main/index.js')
const isSource = (path) => !/\.test\.ts$|\.md$/.test(path)

function filesUnder(path) {
  const full = join(root, path)
  if (!existsSync(full)) return []
  if (!statSync(full).isDirectory()) return [path]
  const entries = readdirSync(full, { withFileTypes: true })
  return entries.flatMap((entry) => filesUnder(`${path}/${entry.name}`))
}

/** Digest over names and contents of everything the build reads. */
export function digestSources() {
  const hash = createHash('sha256')
  for (const path of SOURCES.flatMap(filesUnder).filter(isSource).sort()) {
    const content = readFileSync(join(root, path))
    hash.update(`${path}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}

/** Builds unless the output was made from these sources. Resolves with the exit code. */
export async function buildIfNeeded() {
  const digest = digestSources()
  if (existsSync(output) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === digest) return 0
  const began = Date.now()
  rmSync(stampFile, { force: true })
  const code = await runForeground(process.execPath, [join(modules, 'electron-vite/bin/electron-vite.js'), 'build', '--logLevel', 'warn'], {
    cwd: root,
  })
  if (code !== 0) return code
  mkdirSync(join(root, 'out'), { recursive: true })
  writeFileSync(stampFile, digest)
  process.stderr.write(`[build] done (${((Date.now() - began) / 1000).toFixed(1)} s)\n`)
  return 0
}
