import { join, resolve } from 'node:path'
import { afterPack } from './after-pack.mjs'
import { contents, unpacked } from './contents.mjs'
import { bundle } from './file-association.mjs'
import { fuses } from './fuses.mjs'

/*
 * Configuration of electron-builder; `tools/run/package.mjs` calls it and says in the environment where the set-up has put things:
 * PACKAGE_ELECTRON (folder of the Electron binary), PACKAGE_ELECTRON_VERSION, PACKAGE_RUNTIME (folder with libtensorflow for giving away).
 */
const root = resolve(import.meta.dirname, '..')
const { PACKAGE_ELECTRON, PACKAGE_ELECTRON_VERSION, PACKAGE_RUNTIME } = process.env
if (!PACKAGE_ELECTRON || !PACKAGE_ELECTRON_VERSION || !PACKAGE_RUNTIME)
  throw new Error('Say "npm run package": it tells electron-builder what to pack.')

export default {
  appId: 'invalid.example.fracbits-studio',
  productName: 'FracBits Studio',
  copyright: 'MIT',
  directories: { output: 'dist', buildResources: 'build' },
  electronDist: PACKAGE_ELECTRON,
  electronVersion: PACKAGE_ELECTRON_VERSION,
  // all addons are N-API: built once, valid for Node and Electron
  npmRebuild: false,
  publish: null,
  asar: true,
  files: contents,
  asarUnpack: unpacked,
  extraResources: [
    { from: PACKAGE_RUNTIME, to: 'tensorflow' },
    { from: join(root, 'configs'), to: 'configs', filter: ['*.jsonc', 'hardware/*.json', 'runtimes/*.json'] },
  ],
  afterPack,
  electronLanguages: ['en-US'],
  electronFuses: fuses,
  fileAssociations: [{ ext: bundle.ending, name: bundle.name, description: bundle.name, mimeType: bundle.mimeType, role: 'Viewer' }],
  linux: { target: ['dir'], category: 'Science', executableName: 'fracbits-studio', icon: join(root, 'build/icons') },
  win: { target: ['nsis', 'zip'], executableName: 'FracBits Studio', icon: join(root, 'build/icons/512x512.png') },
  nsis: { oneClick: false, perMachine: false, allowToChangeInstallationDirectory: true },
  mac: {
    target: ['dmg', 'zip'],
    category: 'public.app-category.developer-tools',
    icon: join(root, 'build/icons/512x512.png'),
    hardenedRuntime: true,
    gatekeeperAssess: false,
  },
}
