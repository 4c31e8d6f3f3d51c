import { app } from 'electron'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

// Packed as default_app.asar of an Electron folder that comes without one: starts the app folder named on the command line.
// An ES module that awaits the app's main module, because Electron holds back 'ready' for that: schemes must be registered before it.
process.defaultApp = true
const folder = resolve(process.argv.slice(1).find((argument) => !argument.startsWith('-')) ?? '.')
const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
app.setAppPath(folder)
app.setName(manifest.productName ?? manifest.name)
app.setVersion(manifest.version)
app.setPath('userData', app.commandLine.getSwitchValue('user-data-dir') || join(app.getPath('appData'), app.getName()))
await import(pathToFileURL(join(folder, manifest.main)).href)
