import { chmodSync, copyFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageNotices } from './notices.mjs'

const ADDON_PACKAGE = 'app.asar.unpacked/node_modules/@tensorflow/tfjs-node-gpu'

/** Last changes to the unpacked application of Linux, before its fuses are set. */
export function afterPack({ appOutDir, electronPlatformName }) {
  if (electronPlatformName !== 'linux') return
  const resources = join(appOutDir, 'resources')
  // what the set-up's Electron folder holds besides: the program that it runs without an archive of ours, and a note on how it was made
  rmSync(join(resources, 'default_app.asar'), { force: true })
  rmSync(join(appOutDir, '.fracbits-electron.stamp'), { force: true })
  // The addon looks for libtensorflow in deps/lib of its package, as in a checkout. One link to the folder: the libraries look for CUDA beside it.
  const deps = join(resources, ADDON_PACKAGE, 'deps')
  mkdirSync(deps, { recursive: true })
  symlinkSync('../../../../../tensorflow', join(deps, 'lib'))
  writeFileSync(join(resources, 'LICENSES.packages.txt'), packageNotices())
  const launcher = join(appOutDir, 'fracbits')
  copyFileSync(join(import.meta.dirname, 'linux/fracbits.sh'), launcher)
  chmodSync(launcher, 0o755)
}
