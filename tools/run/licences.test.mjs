import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../setup/places.mjs'
import { isAllowed, packages } from './licences.mjs'

const all = packages()

describe('packages', () => {
  it('all have a licence under which the product may be given away', () => {
    expect(all.filter(({ licence }) => !isAllowed(licence))).toEqual([])
    expect(all.length).toBeGreaterThan(100)
  })

  it.each([
    ['(MIT OR GPL-3.0)', true],
    ['MIT AND ISC', true],
    ['MIT AND GPL-3.0', false],
    ['GPL-3.0', false],
    ['unknown', false],
  ])('with the licence %s are allowed: %s', (licence, allowed) => expect(isAllowed(licence)).toBe(allowed))

  it('that want to run a program when they are installed are decided on in package.json and accounted for in SECURITY.md', () => {
    const { allowScripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    const security = readFileSync(join(root, 'SECURITY.md'), 'utf8')
    const wanting = [...new Set(all.filter(({ script }) => script).map(({ name }) => name))]
    for (const name of wanting) {
      expect(allowScripts, name).toHaveProperty([name])
      expect(security, name).toContain(`\`${name}\``)
    }
  })

  it('are pinned: exact versions in package.json, checksums in the lock file', () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) expect(version, name).toMatch(/^\d+\.\d+\.\d+$/)
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
    const loose = Object.entries(lock.packages).filter(([path, { integrity, link }]) => path !== '' && link !== true && integrity === undefined)
    expect(loose.map(([path]) => path).filter((path) => !lock.packages[path].inBundle)).toEqual([])
  })
})
