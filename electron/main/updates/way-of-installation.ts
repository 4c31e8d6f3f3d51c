import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

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
  if (env.APPIMAGE !== undefined) return { way: 'appimage' }
  return packageType(join(resources, 'package-type')) === 'deb' ? { way: 'deb' } : UNPACKED
}

const UNPACKED = { impossible: 'This application was unpacked from an archive. Fetch the new archive and unpack it in its place.' }

const packageType = (file: string): string | null => (existsSync(file) ? readFileSync(file, 'utf8').trim() : null)
