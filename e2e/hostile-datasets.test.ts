import { chmod, chown, copyFile, mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshWorkspace, root } from './support/places'
import { startCli } from './support/run-cli'
import { writeImageFolder } from '../src/data/testing/write-image-folder'

/** Permissions bind everyone but root, who runs the command as somebody else ("nobody"). */
const NOBODY = 65_534
const isRoot = process.getuid?.() === 0
const through = isRoot ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : []
const [starter = process.execPath, ...rights] = through
const isReadable = `require('node:fs').accessSync(${JSON.stringify(join(root, 'out/main/cli.js'))})`
/** A checkout in root's own folder is out of everybody else's reach. */
const canBeOther = !isRoot || spawnSync(starter, [...rights, process.execPath, '-e', isReadable]).status === 0
const LONGEST = 'n'.repeat(251)

let place: Awaited<ReturnType<typeof freshWorkspace>>
let folder: string
const told = async (...args: readonly string[]) =>
  startCli([...args, '--workspace', join(place.workspace, 'own')], { HOME: place.workspace, XDG_CACHE_HOME: place.workspace }, through).ended

beforeAll(async () => {
  place = await freshWorkspace()
  folder = join(place.workspace, 'line\nbreak 🐙')
  await writeImageFolder(folder, { classNames: ['ant', '🦋 moth\nof two lines'], train: 2, validation: 1, width: 40, height: 30 })
  const ant = join(folder, 'train/ant')
  await copyFile(join(ant, '0.jpg'), join(ant, `${LONGEST}.jpg`))
  await writeFile(join(ant, 'zero.png'), '')
  await symlink('..', join(ant, 'loop'))
  await symlink('itself.jpg', join(ant, 'itself.jpg'))
  await mkdir(join(ant, 'locked'))
  await copyFile(join(ant, '0.jpg'), join(ant, 'locked/1.jpg'))
  await copyFile(join(ant, '0.jpg'), join(ant, 'secret.jpg'))
  await chmod(join(ant, 'secret.jpg'), 0)
  await chmod(join(ant, 'locked'), 0)
  // What only belongs to somebody else could be read by nobody.
  for (const name of isRoot ? ['', ...(await readdir(place.workspace))] : []) await chown(join(place.workspace, name), NOBODY, NOBODY)
})
afterAll(() => place.remove())

describe.skipIf(!canBeOther)(
  'a hostile folder, on the command line as a person without rights (skipped where root cannot run it as somebody else)',
  () => {
    it('is indexed, with one line for each thing that is wrong', async () => {
      const added = await told('data', 'add', folder, '--json')
      expect({ code: added.code, stderr: added.stderr }).toEqual({ code: 0, stderr: '' })
      const last = JSON.parse(added.stdout.trim().split('\n').at(-1) ?? '') as { id: string }
      expect(last).toMatchObject({ status: 'ready', images: 9, classes: 2, folder })

      const doctor = await told('data', 'doctor', last.id)
      expect(doctor.code).toBe(1)
      const lines = doctor.stdout.split('\n').map((line) => line.trim())
      const about = (part: string) => lines.filter((line) => line.includes(part))
      expect(about('zero.png')).toEqual(['train/ant/zero.png: it is empty'])
      expect(about('secret.jpg')).toEqual([expect.stringMatching(/^train\/ant\/secret\.jpg: it cannot be read .*EACCES/)])
      expect(about('locked')).toEqual([expect.stringMatching(/Left out the folder .*locked: it cannot be read .*EACCES/)])
      expect(about('itself.jpg')).toEqual([expect.stringMatching(/itself\.jpg: it is a link that leads nowhere .*ELOOP/)])
      expect(about('ant/loop')).toEqual([expect.stringMatching(/loop: it leads to .* which is read already/)])
      expect(about(LONGEST)).toEqual([`train/ant/${LONGEST}.jpg`])

      const shown = await told('data', 'inspect', last.id)
      expect(shown.stdout).toContain('🦋 moth')
      expect(shown.stdout.split('\n').filter((line) => line.startsWith('of two lines'))).toEqual([])
    })
  },
)
