import { app } from 'electron'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

// Packed as default_app.asar of an Electron folder that comes without one: starts the app folder named on the command line.
// An ES module that awaits the app's main module, because Electron holds back 'ready' for that: schemes must be registered before it.
process.defaultApp = true
// `-r module`, as the official default app has it: Playwright's module holds back the start until it is attached, and takes its own arguments away.
if (process.argv[1] === '-r') createRequire(import.meta.url)(process.argv[2])
const folder = resolve(process.argv.slice(1).find((argument) => !argument.startsWith('-')) ?? '.')
const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
app.setAppPath(folder)
app.setName(manifest.productName ?? manifest.name)
app.setVersion(manifest.version)
app.setPath('userData', app.commandLine.getSwitchValue('user-data-dir') || join(app.getPath('appData'), app.getName()))
await import(pathToFileURL(join(folder, manifest.main)).href)
