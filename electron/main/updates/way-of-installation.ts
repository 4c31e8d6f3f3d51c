import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'

/** Ways in which the application came onto a machine that can be updated. */
export type Way = 'appimage' | 'deb' | 'nsis' | 'mac'

export interface Installation {
  readonly isPackaged: boolean
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
  /** Folder of resources, and the file that runs. */
  readonly resources: string
  readonly executable: string
}

/** How this application was installed, or why it can't be updated, a sentence. The Debian package says what it is in `package-type`. */
export function wayOfInstallation({ isPackaged, platform, env, resources, executable }: Installation): { way: Way } | { impossible: string } {
  if (!isPackaged) {
    // for tests: nobody can package an application within one
    if (env.FRACBITS_UPDATE_AS === 'appimage' || env.FRACBITS_UPDATE_AS === 'deb') return { way: env.FRACBITS_UPDATE_AS }
    return { impossible: 'This application was started from its sources. Update those, with git for instance.' }
  }
  if (platform === 'darwin') return { way: 'mac' }
  if (platform === 'win32') return existsSync(join(dirname(executable), 'Uninstall FracBits Studio.exe')) ? { way: 'nsis' } : UNPACKED
  if (packageType(join(resources, 'package-type')) === 'deb') return { way: 'deb' }
  return isOwnAppImage(env, executable) ? { way: 'appimage' } : UNPACKED
}

/** An AppImage leaves its environment to all that it starts: only the one whose mount holds this program is this program's, and may be replaced. */
const isOwnAppImage = ({ APPIMAGE, APPDIR }: Installation['env'], executable: string): boolean =>
  APPIMAGE !== undefined && APPDIR !== undefined && APPDIR !== '' && executable.startsWith(join(APPDIR, sep))

const UNPACKED = { impossible: 'This application was unpacked from an archive. Fetch the new archive and unpack it in its place.' }

const packageType = (file: string): string | null => (existsSync(file) ? readFileSync(file, 'utf8').trim() : null)
