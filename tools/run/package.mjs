import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { electronFolder, electronVersion } from '../setup/electron.mjs'
import { modules, root } from '../setup/places.mjs'
import { seconds } from '../setup/reporter.mjs'
import { setUpOrExit } from '../setup.mjs'
import { libraries, tensorflowFolder } from '../setup/tensorflow.mjs'
import { buildIfNeeded } from './build.mjs'
import { runForeground } from './child.mjs'

const dist = join(root, 'dist')
export const unpackedFolder = join(dist, 'linux-unpacked')
const FORMATS = ['dir', 'deb', 'tar', 'appimage']

/**
 * `npm run package [-- dir|deb|tar|appimage ...]`: the application in `dist/`, as a folder, and out of that as a Debian package, as an archive and,
 * where its tool is there, as an AppImage; all of them where none is named. Resolves with the exit code.
 */
export async function makePackages(args) {
  const unknown = args.find((format) => !FORMATS.includes(format))
  if (unknown !== undefined || process.platform !== 'linux') {
    process.stderr.write(
      unknown === undefined ? 'Packages are made on Linux so far.\n' : `There is no package "${unknown}"; say some of: ${FORMATS.join(', ')}.\n`,
    )
    return 2
  }
  const { cache } = await setUpOrExit()
  const built = await buildIfNeeded()
  if (built !== 0) return built
  try {
    // installed packages are needed from here on
    const { prepareRuntime } = await import('../../build/runtime.mjs')
    const runtime = await timed('libtensorflow', () => prepareRuntime({ from: tensorflowFolder(cache), libraries, to: join(dist, 'tensorflow') }))
    const code = await timed('application', () => packFolder(electronFolder(cache), cache, runtime))
    if (code !== 0) return code
    const { verifyPackage } = await import('../../build/verify-package.mjs')
    const problems = await timed('check', () => verifyPackage(unpackedFolder))
    for (const problem of problems) process.stderr.write(`[package] ${problem}\n`)
    if (problems.length > 0) return 1
    const wants = (format) => args.length === 0 || args.includes(format)
    const updates = []
    if (wants('appimage')) {
      const { findAppImageTool, makeAppImage, NO_TOOL } = await import('../../build/appimage.mjs')
      const tool = findAppImageTool()
      if (tool !== null) updates.push(await timed('AppImage', () => makeAppImage(unpackedFolder, dist, tool)))
      else if (args.length > 0) throw new Error(NO_TOOL)
      else process.stderr.write(`[package] ${NO_TOOL}\n`)
    }
    if (wants('deb')) {
      const { makeDeb } = await import('../../build/deb.mjs')
      updates.push(await timed('deb', () => makeDeb(unpackedFolder, dist)))
    }
    if (updates.length > 0) {
      const { makeFeed } = await import('../../build/feed.mjs')
      const notes = process.env.FRACBITS_RELEASE_NOTES
      await timed('feed', () => makeFeed(updates, dist, notes === undefined ? {} : { notes: readFileSync(notes, 'utf8') }))
    }
    if (wants('tar')) {
      const { makeArchive } = await import('../../build/archive.mjs')
      await timed('tar', () => makeArchive(unpackedFolder, dist))
    }
    return 0
  } catch (error) {
    process.stderr.write(`[package] ${error.message}\n`)
    return 1
  }
}

function packFolder(electron, cache, runtime) {
  rmSync(unpackedFolder, { recursive: true, force: true })
  const builder = join(modules, 'electron-builder/cli.js')
  return runForeground(process.execPath, [builder, '--linux', 'dir', '--publish', 'never', '--config', 'build/electron-builder.config.mjs'], {
    cwd: root,
    env: { ...process.env, PACKAGE_ELECTRON: electron, PACKAGE_ELECTRON_VERSION: electronVersion(electron, cache), PACKAGE_RUNTIME: runtime },
  })
}

async function timed(what, work) {
  const began = Date.now()
  const result = await work()
  process.stderr.write(`[package] ${what}: done (${seconds(Date.now() - began)})\n`)
  return result
}
