import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from './places'

const run = promisify(execFile)
const NAME = 'fracbits-studio'
/** Where the Debian package puts the application. */
export const INSTALLED = `/opt/${NAME}`

export const DESKTOP_ENTRY = `/usr/share/applications/${NAME}.desktop`
export const MIME_TYPE = `/usr/share/mime/packages/${NAME}.xml`

/** Why the package can't be installed here for a test; null when it can. */
export function whyNotInstallable(): string | null {
  if (process.getuid?.() !== 0) return 'only root may install a package'
  if (!existsSync('/usr/bin/dpkg') || !existsSync('/usr/bin/apt-get')) return 'this system has no dpkg and apt'
  if (existsSync(INSTALLED)) return `${INSTALLED} is there already and stays untouched`
  return null
}

/** The one Debian package in `dist/`. */
export function debianPackage(): string {
  const files = readdirSync(join(root, 'dist')).filter((name) => name.endsWith('.deb'))
  const [file] = files
  if (file === undefined || files.length > 1) throw new Error(`There should be one .deb in dist, not ${String(files.length)}.`)
  return join(root, 'dist', file)
}

/** A package of this name and version that holds one program, which says in `marker` that it was started. Resolves with the file in `folder`. */
export async function makeStandIn(folder: string, version: string, marker: string): Promise<string> {
  const tree = join(folder, 'stand-in')
  const program = join(tree, INSTALLED, NAME)
  await mkdir(join(tree, 'DEBIAN'), { recursive: true })
  await mkdir(join(program, '..'), { recursive: true })
  await writeFile(program, `#!/bin/sh\necho '${version}' > '${marker}'\n`, { mode: 0o755 })
  const { stdout: architecture } = await run('dpkg', ['--print-architecture'])
  const fields = [
    `Package: ${NAME}`,
    `Version: ${version}`,
    `Architecture: ${architecture.trim()}`,
    'Maintainer: nobody',
    'Description: stands in for a new version',
  ]
  await writeFile(join(tree, 'DEBIAN/control'), `${fields.join('\n')}\n`)
  const file = join(folder, `${NAME}_${version}_${architecture.trim()}.deb`)
  await run('dpkg-deb', ['--root-owner-group', '--build', tree, file])
  return file
}

const quiet = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }

/** Installs as a person does: apt brings what the package depends on. */
export const installPackage = (): Promise<unknown> =>
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120', debianPackage()], quiet)

export const removePackage = (): Promise<unknown> => run('apt-get', ['purge', '-y', '-qq', '-o', 'DPkg::Lock::Timeout=120', NAME], quiet)

/** Files and folders of the package that are still there. */
export const leftovers = (): string[] =>
  [INSTALLED, `/usr/bin/${NAME}`, '/usr/bin/fracbits', DESKTOP_ENTRY, MIME_TYPE, `/usr/share/doc/${NAME}`].filter((path) => existsSync(path))
