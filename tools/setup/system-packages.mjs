import { accessSync, constants, existsSync } from 'node:fs'
import { platform } from 'node:os'
import { delimiter, join } from 'node:path'
import { electronExecutable, electronFolder } from './electron.mjs'
import { hasNoDisplay, pins } from './places.mjs'
import { SetupError } from './setup-error.mjs'
import { fingerprint } from './checksum.mjs'
import { runStep, stampIn } from './step.mjs'

const BROWSERS = ['chromium', 'google-chrome-stable', 'google-chrome', 'chromium-browser']

/** Path of a program on PATH. */
export function onPath(name) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    try {
      const path = join(folder, name)
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // not in this folder
    }
  }
  return undefined
}

/** The browser that the end-to-end tests drive. */
export const browser = () => process.env.FRACBITS_CHROMIUM || BROWSERS.map(onPath).find(Boolean)

/** Where Debian puts daemons, which an ordinary person's PATH does not name. */
const SLURM_DAEMONS = ['/usr/sbin/slurmctld', '/usr/sbin/slurmd', '/usr/sbin/munged']
const hasSlurm = () => onPath('sbatch') !== undefined && SLURM_DAEMONS.every((path) => existsSync(path))

/**
 * What Electron and the tests need of a Linux system: installed when set-up runs as root on Debian or Ubuntu, else named.
 * The tests also need a browser, a Slurm of their own to start and, where there is no display, a virtual one.
 */
export async function prepareSystem({ cache, tools, debian, forTests }) {
  if (platform() !== 'linux') return undefined
  const executable = electronExecutable(electronFolder(cache))
  const programsMissing = () => [
    ...(forTests && hasNoDisplay() && !(onPath('xvfb-run') && onPath('xauth')) ? pins.debian.virtualDisplay : []),
    ...(forTests && !(browser() && existsSync(browser())) ? pins.debian.browser : []),
    ...(forTests && !hasSlurm() ? pins.debian.slurm : []),
  ]
  const librariesMissing = async () => {
    const { output } = await tools.attempt('ldd', [executable])
    return [...new Set(output.match(/\S+(?= => not found)/g) ?? [])]
  }
  return runStep({
    stampFile: stampIn(cache, `system-${fingerprint(executable).slice(0, 8)}`),
    inputs: executable,
    exists: () => programsMissing().length === 0,
    make: async () => {
      const wanted = async () => [...((await librariesMissing()).length > 0 ? pins.debian.electron : []), ...programsMissing()]
      const packages = await wanted()
      if (packages.length === 0) return 'nothing missing'
      if (await debian.canInstall()) await debian.install(packages)
      const left = await wanted()
      if (left.length === 0) return `installed ${packages.join(' ')}`
      const what = [...(await librariesMissing()), ...programsMissing()].join(', ')
      throw new SetupError(
        `This system lacks what Electron${forTests ? ' and the tests need' : ' needs'} (${what}); run "${debian.command(left)}" and then this again.`,
      )
    },
  })
}
