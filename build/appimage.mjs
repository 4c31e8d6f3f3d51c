import { execFileSync } from 'node:child_process'
import { accessSync, constants, cpSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { manifest } from './manifest.mjs'

const root = resolve(import.meta.dirname, '..')
const ARCHITECTURES = { x64: 'x86_64', arm64: 'aarch64' }

/** Why no AppImage is made here, a sentence. */
export const NO_TOOL =
  'An AppImage is made where appimagetool is installed: put it on the PATH, or name it in FRACBITS_APPIMAGETOOL, and run this again.'

/** The program that makes AppImages, where there is one: no package registry has it, so it is not fetched. */
export function findAppImageTool(env = process.env) {
  const places =
    env.FRACBITS_APPIMAGETOOL === undefined
      ? (env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'appimagetool'))
      : [env.FRACBITS_APPIMAGETOOL]
  return places.find(isProgram) ?? null
}

/**
 * The unpacked application as one file that runs without being installed. Its window has a sandbox where the system lets everybody make user
 * namespaces: nothing in an AppImage can belong to root. The files are linked into place, not copied. Returns the file.
 */
export function makeAppImage(unpacked, dist, tool) {
  const { name, version } = manifest
  const folder = join(dist, 'AppDir')
  const file = join(dist, `${name}-${version}-${ARCHITECTURES[process.arch]}.AppImage`)
  rmSync(folder, { recursive: true, force: true })
  execFileSync('cp', ['-al', unpacked, folder])
  writeFileSync(join(folder, 'AppRun'), `#!/bin/sh\nexec "$(dirname "$(readlink -f "$0")")/${name}" "$@"\n`, { mode: 0o755 })
  const entry = readFileSync(join(root, 'build/linux/fracbits-studio.desktop'), 'utf8')
  writeFileSync(join(folder, `${name}.desktop`), entry.replace(/^Exec=\S+/m, `Exec=${name}`))
  for (const icon of [`${name}.png`, '.DirIcon']) cpSync(join(root, 'build/icons/256x256.png'), join(folder, icon))
  execFileSync(tool, ['--no-appstream', folder, `${file}.part`], {
    env: { ...process.env, ARCH: ARCHITECTURES[process.arch] },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  renameSync(`${file}.part`, file)
  rmSync(folder, { recursive: true })
  return file
}

function isProgram(file) {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
