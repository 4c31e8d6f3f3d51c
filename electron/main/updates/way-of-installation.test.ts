import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Installation, wayOfInstallation } from './way-of-installation'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'way-'))
  for (const name of ['deb', 'tar', 'nsis']) mkdirSync(join(folder, name))
  writeFileSync(join(folder, 'deb/package-type'), 'deb\n')
  writeFileSync(join(folder, 'nsis/Uninstall FracBits Studio.exe'), '')
})
afterAll(() => rmSync(folder, { recursive: true }))

const way = (change: Partial<Installation>, at = 'tar') =>
  wayOfInstallation({ isPackaged: true, platform: 'linux', env: {}, resources: join(folder, at), executable: join(folder, at, 'app'), ...change })

it('is known by what each of them leaves behind', () => {
  expect(way({}, 'deb')).toEqual({ way: 'deb' })
  expect(way({ env: { APPIMAGE: '/home/ada/FracBits.AppImage', APPDIR: join(folder, 'tar') } })).toEqual({ way: 'appimage' })
  expect(way({ platform: 'darwin' })).toEqual({ way: 'mac' })
  expect(way({ platform: 'win32' }, 'nsis')).toEqual({ way: 'nsis' })
})

it('is none that can be updated for archives and sources', () => {
  for (const platform of ['linux', 'win32'] as const)
    expect(way({ platform })).toMatchObject({ impossible: expect.stringContaining('archive') as unknown })
  expect(way({ isPackaged: false }, 'deb')).toMatchObject({ impossible: expect.stringContaining('sources') as unknown })
})

it('is no AppImage where the environment is that of another program which started this one', () => {
  const other = { APPIMAGE: '/home/ada/Editor.AppImage', APPDIR: '/tmp/.mount_Editor' }
  expect(way({ env: other })).toHaveProperty('impossible')
  expect(way({ env: other }, 'deb')).toEqual({ way: 'deb' })
})

it('is what a test says only where nothing is packaged', () => {
  expect(way({ isPackaged: false, env: { FRACBITS_UPDATE_AS: 'appimage' } })).toEqual({ way: 'appimage' })
  expect(way({ env: { FRACBITS_UPDATE_AS: 'deb' } })).toHaveProperty('impossible')
})
