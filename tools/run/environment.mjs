import { existsSync } from 'node:fs'
import { demoDataFolder } from '../setup/demo-data.mjs'
import { electronFolder } from '../setup/electron.mjs'
import { pythonPackagesFolder } from '../setup/python-packages.mjs'
import { browser } from '../setup/system-packages.mjs'

/** Environment of everything that set-up starts: where it put what. */
export function runEnvironment(cache) {
  const env = { ...process.env, ELECTRON_OVERRIDE_DIST_PATH: electronFolder(cache) }
  // a shell inside another Electron application (an editor's terminal) has this, and with it Electron would be plain Node
  delete env.ELECTRON_RUN_AS_NODE
  const demoData = demoDataFolder(cache)
  if (demoData) env.FRACBITS_DEMO_DATA = demoData
  const chromium = browser()
  if (chromium) env.FRACBITS_CHROMIUM = chromium
  const python = pythonPackagesFolder(cache)
  if (!env.FRACBITS_PYTHON && existsSync(python)) env.FRACBITS_PYTHON_PACKAGES = python
  return env
}
