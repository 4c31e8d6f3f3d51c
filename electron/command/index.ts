import { app } from 'electron'
import { join } from 'node:path'
import { configsFolder } from '../main/configs-folder'
import { onInterrupt } from '../../src/cli/interrupts'
import { runCli } from '../../src/cli/run-cli'
import { cacheFolder } from '../../src/util/paths'
import { COMMAND_SWITCHES, commandArguments } from './command-line'
import { createUtilityTrainerHost } from './utility-trainer-host'

/*
 * The command `fracbits` of the packaged application, for people without Node: the same program as the window, without one.
 * 1. Electron wants a folder for browser data, even without a page: another than the window's, in which nothing but Electron's own id is kept.
 * 2. Electron turns signals into its own orderly end with exit code 0. Listening once and no longer brings back the system's way,
 *    on which commands build.
 * 3. Utility processes can be started once Electron is ready.
 */
app.setPath('userData', join(cacheFolder(), 'command'))
app.disableHardwareAcceleration()

async function start(): Promise<void> {
  onInterrupt(() => undefined)()
  const here = import.meta.dirname
  const exitCode = await runCli({
    args: commandArguments(process.argv) ?? [],
    root: join(here, '../..'),
    configsDir: configsFolder(here),
    self: [process.execPath, ...(app.isPackaged ? [] : [app.getAppPath()]), ...COMMAND_SWITCHES],
    createTrainerHost: (logger) => createUtilityTrainerHost(here, logger),
  })
  process.exit(exitCode)
}

void app.whenReady().then(start)
