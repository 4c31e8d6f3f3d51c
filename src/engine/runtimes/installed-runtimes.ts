import { readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { StudioError } from '../../contract/errors'
import type { RuntimeRef } from '../../contract/runtimes'
import { exists } from '../../util/exists'
import { installation } from '../../util/installation'
import { byVersion, RuntimeManifest, thisPlatform } from './catalogue'
import { MANIFEST_FILE, unfinishedFolder } from './install-runtime'

/** Runtimes that are whole, in order of their versions; those of other versions of this program too. A folder that says nothing of itself is none. */
export async function installedRuntimes(folder: string): Promise<RuntimeManifest[]> {
  const names = await readdir(folder).catch(() => [])
  const all = await Promise.all(
    names.map(async (name) => {
      try {
        const manifest = RuntimeManifest.parse(JSON.parse(await readFile(join(folder, name, MANIFEST_FILE), 'utf8')))
        return manifest.name === name && manifest.platform === thisPlatform() ? [manifest] : []
      } catch {
        // An unfinished one, a lock, or something of the person's own.
        return []
      }
    }),
  )
  return all.flat().sort(byVersion)
}

/** The runtime of a name, or of a kind: then the newest that is installed. Rejects with NOT_FOUND, and says how to get it where it is among the `pinned`. */
export async function findRuntime(folder: string, nameOrKind: string, pinned: () => Promise<readonly RuntimeManifest[]>): Promise<RuntimeRef> {
  const installed = await installedRuntimes(folder)
  const isMeant = ({ name, kind }: RuntimeManifest): boolean => name === nameOrKind || kind === nameOrKind
  const found = installed.find(({ name }) => name === nameOrKind) ?? installed.findLast(isMeant)
  if (found !== undefined) return refOf(found, join(folder, found.name))
  const known = installed.length === 0 ? 'None is.' : `Installed are ${installed.map(({ name }) => name).join(', ')}.`
  const command = `${installation().command} runtime`
  const advice = (await pinned()).some(isMeant)
    ? `Install it on the page Machine or with "${command} install ${nameOrKind}", or leave runtime out to compute with the built-in one.`
    : `"${command} list" names those that there are; leave runtime out to compute with the built-in one.`
  throw new StudioError('NOT_FOUND', `The runtime "${nameOrKind}" is not installed. ${known} ${advice}`)
}

function refOf({ name, kind, wheels, driver, compute_capabilities: capabilities }: RuntimeManifest, folder: string): RuntimeRef {
  const shared = wheels.flatMap(({ take }) => take).filter((file) => /\.so(\.|$)/.test(file))
  const libraries = [...new Set(shared.map((file) => join(folder, dirname(file))))]
  return { name, kind, folder, libraries, needs: kind === 'gpu' ? { driver: driver ?? null, capability: capabilities?.[0] ?? null } : null }
}

/** Removes a runtime, and what was fetched of an unfinished one. It is gone as a whole: its name goes first. Rejects with NOT_FOUND. */
export async function removeRuntime(folder: string, name: string): Promise<void> {
  const unfinished = unfinishedFolder(folder, name)
  const whole = join(folder, name)
  const found = { whole: await exists(join(whole, MANIFEST_FILE)), unfinished: await exists(unfinished) }
  if (!found.whole && !found.unfinished) throw new StudioError('NOT_FOUND', `There is no runtime "${name}" to remove. "${installation().command} runtime list" names those that are installed.`)
  await rm(unfinished, { recursive: true, force: true })
  if (!found.whole) return
  const going = `${whole}.removed`
  await rm(going, { recursive: true, force: true })
  await rename(whole, going)
  await rm(going, { recursive: true, force: true })
}
