import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { manifest } from './manifest.mjs'
import { neededGlibc } from './native-code.mjs'

const root = resolve(import.meta.dirname, '..')
const ICON_SIZES = readdirSync(join(root, 'build/icons'))
  .filter((name) => name.endsWith('.png'))
  .map((name) => name.slice(0, -'.png'.length))
const ARCHITECTURES = { x64: 'amd64', arm64: 'arm64' }

/** What Electron's binary is linked with; the second name is that of systems with a 64-bit time_t. */
const LIBRARIES = [
  'libstdc++6',
  'libgtk-3-0 | libgtk-3-0t64',
  'libnss3',
  'libatk1.0-0 | libatk1.0-0t64',
  'libatk-bridge2.0-0 | libatk-bridge2.0-0t64',
  'libgbm1',
  'libasound2 | libasound2t64',
  'libcups2 | libcups2t64',
  'libdrm2',
  'libxss1',
  'xdg-utils',
]

/**
 * A Debian package out of the unpacked application, with dpkg-deb alone: the packer that electron-builder would fetch for it is not pinned by
 * anything of ours. The files are linked into place, not copied; Chromium's sandbox helper belongs to root and may act as root.
 * Returns the file.
 */
export function makeDeb(unpacked, dist) {
  const { name, version } = manifest
  const architecture = ARCHITECTURES[process.arch]
  const tree = join(dist, 'deb')
  const file = join(dist, `${name}_${version}_${architecture}.deb`)
  rmSync(tree, { recursive: true, force: true })
  for (const folder of ['DEBIAN', 'opt', 'usr/bin', 'usr/share/applications', 'usr/share/mime/packages', `usr/share/doc/${name}`])
    mkdirSync(join(tree, folder), { recursive: true })
  const home = join(tree, 'opt', name)
  execFileSync('cp', ['-al', unpacked, home])
  // the one file whose rights differ must not be the one in the unpacked folder
  const helper = join(home, 'chrome-sandbox')
  cpSync(helper, `${helper}.own`)
  renameSync(`${helper}.own`, helper)
  chmodSync(helper, 0o4755)
  // by this the installed application knows how it can be updated
  writeFileSync(join(home, 'resources/package-type'), 'deb\n')
  for (const command of [name, 'fracbits']) symlinkSync(`/opt/${name}/${command}`, join(tree, 'usr/bin', command))

  cpSync(join(root, 'build/linux/fracbits-studio.desktop'), join(tree, `usr/share/applications/${name}.desktop`))
  cpSync(join(root, 'build/linux/fracbits-studio.xml'), join(tree, `usr/share/mime/packages/${name}.xml`))
  for (const size of ICON_SIZES) addIcon(`${size}/apps/${name}.png`, `${size}.png`)
  addIcon(`scalable/apps/${name}.svg`, 'icon.svg')
  writeFileSync(join(tree, `usr/share/doc/${name}/copyright`), copyright(name))
  writeFileSync(join(tree, 'DEBIAN/control'), control())

  const part = `${file}.part`
  execFileSync('dpkg-deb', ['--root-owner-group', '-Zzstd', '-z6', '--build', tree, part], { env: { ...process.env, DPKG_DEB_THREADS_MAX: '2' } })
  renameSync(part, file)
  rmSync(tree, { recursive: true })
  return file

  function addIcon(to, from) {
    const target = join(tree, 'usr/share/icons/hicolor', to)
    mkdirSync(join(target, '..'), { recursive: true })
    cpSync(join(root, 'build/icons', from), target)
  }

  function control() {
    const kibibytes = execFileSync('du', ['-sk', '--apparent-size', tree], { encoding: 'utf8' }).split('\t')[0]
    return [
      `Package: ${name}`,
      `Version: ${version}`,
      `Architecture: ${architecture}`,
      `Maintainer: ${manifest.author}`,
      `Homepage: ${manifest.homepage}`,
      `Installed-Size: ${kibibytes}`,
      'Section: science',
      'Priority: optional',
      `Depends: libc6 (>= ${neededGlibc(unpacked)}), ${LIBRARIES.join(', ')}`,
      'Suggests: dataset-fashion-mnist',
      `Description: ${manifest.description}`,
      ' Trains image classifiers, learns how many bits each layer deserves, and',
      ' exports the smaller model. Everything runs on this machine; the command',
      ' "fracbits" does the same in a terminal.',
      '',
    ].join('\n')
  }
}

const copyright = (name) => `FracBits Studio is given away under the MIT licence.

The licences of its parts:
  /opt/${name}/LICENSE.electron.txt, /opt/${name}/LICENSES.chromium.html      Electron and Chromium
  /opt/${name}/resources/tensorflow/THIRD_PARTY_NOTICES.txt                   TensorFlow
  /opt/${name}/resources/LICENSES.packages.txt                                npm packages
`
