/**
 * Which room of the house may import which: the one table that ESLint and `import-rules.test.ts` enforce, each in its own way.
 * A file belongs to the first room whose folder (or file pattern) holds it.
 */

const below = { tensor: ['contract', 'util'] }
const tower = ['tensor', 'models', 'quantization', 'data', 'export', 'training']
for (const [level, name] of tower.entries()) below[name] = [...tower.slice(0, level), 'contract', 'util']

/** `may`: rooms it may import; `node`: whether Node's own modules are allowed in it. */
export const rooms = [
  { name: 'contract', pattern: 'src/contract', may: [], node: false },
  { name: 'util', pattern: 'src/util', may: ['contract'], node: true },
  { name: 'config', pattern: 'src/config', may: ['contract'], node: false },
  { name: 'rpc', pattern: 'src/rpc', may: ['contract'], node: false },
  ...tower.map((name) => ({ name, pattern: `src/${name}`, may: below[name], node: true })),
  { name: 'store', pattern: 'src/store', may: ['contract', 'util'], node: true },
  { name: 'engine', pattern: 'src/engine', may: ['contract', 'config', 'rpc', 'store', 'util'], node: true },
  { name: 'slurm', pattern: 'src/slurm', may: ['contract', 'util'], node: true },
  { name: 'server', pattern: 'src/server', may: ['contract', 'rpc', 'engine', 'store', 'util'], node: true },
  // composition roots: they build the objects of a process, and so may reach further than a room
  { name: 'cli', pattern: 'src/cli', may: ['contract', 'config', 'rpc', 'engine', 'server', 'slurm', 'store', 'util', ...tower], node: true },
  { name: 'fuzz', pattern: 'src/fuzz', may: ['contract', 'config', 'rpc', 'engine', 'store', 'util', ...tower], node: true },
  { name: 'electron-messages', pattern: 'electron/messages', may: ['contract'], node: false },
  { name: 'electron-main', pattern: 'electron/main', may: ['electron-messages', 'contract', 'rpc', 'server', 'util'], node: true },
  { name: 'electron-preload', pattern: 'electron/preload', may: ['electron-messages', 'contract'], node: false },
  { name: 'electron-engine', pattern: 'electron/engine', may: ['electron-messages', 'contract', 'rpc', 'engine', 'store', 'util'], node: true },
  // a composition root, too
  {
    name: 'electron-command',
    pattern: 'electron/command',
    may: ['electron-messages', 'electron-main', 'electron-engine', 'contract', 'cli', 'util'],
    node: true,
  },
  {
    name: 'electron-entry',
    pattern: 'electron/*.ts',
    may: ['electron-messages', 'electron-engine', 'electron-command', 'contract', 'config', 'rpc', 'engine', 'server', 'slurm', 'store', 'util', ...tower],
    node: true,
  },
  { name: 'renderer', pattern: 'renderer', may: ['contract', 'config', 'rpc'], node: false },
]

/** Packages that belong to one place: `only` lists files and folders (ending in /). */
export const soleImports = [
  { specifier: 'sqlite3', only: ['src/store/database.ts'] },
  { specifier: '@tensorflow/tfjs-node-gpu', only: ['src/tensor/'] },
  { specifier: '@julusian/jpeg-turbo', only: ['src/data/'] },
  { specifier: 'onnxruntime-node', only: ['src/export/'] },
  ...['core', 'converter', 'backend-wasm'].map((part) => ({ specifier: `@tensorflow/tfjs-${part}`, only: ['src/export/tfjs/'] })),
  { specifier: 'electron', only: ['electron/'] },
  { specifier: 'electron-updater', only: ['electron/main/updates/load-updater.ts'] },
  { specifier: 'ws', only: ['src/rpc/websocket-server-channel.ts', 'src/server/'] },
  { specifier: 'yazl', only: ['src/engine/bundle/'] },
  { specifier: 'yauzl', only: ['src/engine/bundle/', 'src/engine/runtimes/'] },
  { specifier: 'commander', only: ['src/cli/'] },
  { specifier: '@codemirror', only: ['renderer/src/components/editor/'] },
  ...['vue', 'vue-router', 'pinia', 'reka-ui', 'uplot'].map((specifier) => ({ specifier, only: ['renderer/'] })),
]

/** The files of src/rpc that need Node: allowed to import it. */
export const nodeChannels = ['src/rpc/socket-channel.ts', 'src/rpc/websocket-server-channel.ts']

/** What of src/rpc is not for the page: the answering side. */
export const serverHalf = [...nodeChannels, 'src/rpc/server-peer.ts']

/** Members of electron with one user each, so that each way across the sandbox is checked in one file. */
export const soleElectronMembers = [
  { member: 'ipcMain', only: 'electron/main/native-ipc.ts' },
  { member: 'openExternal', only: 'electron/main/security.ts' },
]
