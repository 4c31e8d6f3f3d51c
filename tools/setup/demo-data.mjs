import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { platform } from 'node:os'
import { join } from 'node:path'
import { download } from './download.mjs'
import { pins } from './places.mjs'
import { SetupError } from './setup-error.mjs'
import { fillFolder } from './step.mjs'

const files = Object.keys(pins.demoData.md5)
const systemFolder = '/usr/share/datasets/fashion-mnist'
const ownFolder = (cache) => join(cache, 'fashion-mnist')
const isWhole = (folder) => files.every((name) => existsSync(join(folder, name)) || existsSync(join(folder, name.replace(/\.gz$/, ''))))
const REMEMBER_FAILURE_MS = 60 * 60_000

/** Folder with the four files of Fashion-MNIST, in the order in which the application looks for them; undefined when there is none. */
export const demoDataFolder = (cache) => [process.env.FRACBITS_DEMO_DATA, systemFolder, ownFolder(cache)].find((folder) => folder && isWhole(folder))

/**
 * Gets the demo data set (60,000 + 10,000 images): Debian's package where there is one, else the public download.
 * Without it everything but the demo works, so a failure is a warning; it is remembered for an hour, so that each start need not wait for it.
 */
export async function prepareDemoData({ cache, tools, debian, warn, retry }) {
  const named = process.env.FRACBITS_DEMO_DATA
  if (named && !isWhole(named))
    throw new SetupError(`FRACBITS_DEMO_DATA is ${named}, but ${files[0]} and its three companions are not all there; correct or unset it.`)
  if (demoDataFolder(cache)) return undefined

  const marker = join(cache, '.fracbits-demo-data.failed')
  const failure = existsSync(marker) ? JSON.parse(readFileSync(marker, 'utf8')) : undefined
  const isRecent = failure && !retry && Date.now() - failure.at < REMEMBER_FAILURE_MS
  const problem = isRecent ? failure.problem : await obtain({ cache, tools, debian })
  rmSync(marker, { force: true })
  if (problem === undefined) return 'Fashion-MNIST'
  writeFileSync(marker, JSON.stringify(isRecent ? failure : { at: Date.now(), problem }))
  warn(
    `The demo data set (Fashion-MNIST) is missing: ${problem}. Everything but the demo works. To get it, connect to the network and run "npm run setup", ` +
      `install Debian's package ${pins.debian.demoData}, or name a folder with its four files in FRACBITS_DEMO_DATA.`,
  )
  return isRecent ? undefined : 'missing'
}

/** Tries each source; undefined when the data is there, else the last reason. */
async function obtain({ cache, tools, debian }) {
  if (platform() === 'linux' && (await debian.isHere())) {
    if ((await debian.canInstall()) && (await debian.install([pins.debian.demoData])) && isWhole(systemFolder)) return undefined
    if (await unpackPackage({ cache, tools })) return undefined
  }
  const folder = ownFolder(cache)
  try {
    mkdirSync(folder, { recursive: true })
    for (const [name, digest] of Object.entries(pins.demoData.md5)) {
      await download(pins.demoData.url + name, join(folder, name), { algorithm: 'md5', digest })
    }
    return undefined
  } catch (error) {
    return error.message
  }
}

/** Debian's package without being root: apt verifies it, dpkg-deb unpacks it into the cache. */
async function unpackPackage({ cache, tools }) {
  const work = join(cache, 'downloads/demo-data')
  mkdirSync(work, { recursive: true })
  try {
    if ((await tools.attempt('apt-get', ['download', '-qq', pins.debian.demoData], { cwd: work })).code !== 0) return false
    const archive = readdirSync(work).find((name) => name.endsWith('.deb'))
    if (!archive || (await tools.attempt('dpkg-deb', ['-x', join(work, archive), work])).code !== 0) return false
    const unpacked = join(work, systemFolder)
    if (!isWhole(unpacked)) return false
    await fillFolder(ownFolder(cache), (part) => cpSync(unpacked, part, { recursive: true }))
    return true
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}
